"""The page in a real browser: what somebody sees, hears and can reach."""

import base64
import json
import time
import urllib.request

import cv2
import numpy as np
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def page(chromium, served):
    chromium.set_window_size(1200, 900)
    chromium.get(served.url)
    return chromium


def find(page, css):
    return page.find_elements('css selector', css)


def one(page, css):
    (element,) = find(page, css)
    return element


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError('waited in vain')


def choose(page, path):
    one(page, '#file').send_keys(str(path))
    wait_for(lambda: 'with a score' in one(page, '#status').text)


def computed(served):
    with urllib.request.urlopen(f'{served.url}/api/health') as answer:
        return json.load(answer)['computed']


def set_threshold(page, value):
    page.execute_script(
        "const t = document.getElementById('threshold'); t.value = arguments[0];"
        "t.dispatchEvent(new Event('input'))",
        value,
    )


def test_boxes_lie_on_the_faces_of_the_detector(page, pictures, detect):
    choose(page, pictures / 'group.png')
    wanted = detect(str(pictures / 'group.png'), 0.5)
    drawn = [
        [float(rect.get_attribute(name)) for name in ('x', 'y', 'width', 'height')]
        for rect in find(page, 'rect.face')
    ]
    assert len(drawn) == len(wanted) > 20
    wanted[:, 2:4] -= wanted[:, :2]
    np.testing.assert_allclose(drawn, wanted[:, :4], atol=0.02)
    picture, overlay = page.execute_script(
        "return ['picture', 'overlay'].map((id) => {"
        'const r = document.getElementById(id).getBoundingClientRect();'
        'return [r.x, r.y, r.width, r.height] })'
    )
    np.testing.assert_allclose(picture, overlay, atol=0.1)  # a box lies on its face


def test_the_threshold_moves_without_another_inference(page, served, pictures):
    choose(page, pictures / 'group.png')
    before, many = computed(served), len(find(page, 'rect.face'))
    set_threshold(page, 0.9)
    few = len(find(page, 'rect.face'))
    assert 0 < few < many
    assert f'{few} faces with a score of at least 0.90' in one(page, '#status').text
    set_threshold(page, 0.05)
    assert len(find(page, 'rect.face')) > many
    assert computed(served) == before


def test_stc_shows_each_level_and_what_was_dropped(page, pictures):
    choose(page, pictures / 'group.png')
    one(page, 'input[value=stc]').click()
    captions, maps = set(), set()
    for level in find(page, 'input[name=level]'):
        level.click()
        captions.add(one(page, '#caption').text)
        maps.add(
            page.execute_script("return document.getElementById('heat').toDataURL()")
        )
    assert len(captions) == len(maps) == 3
    assert all('the first step dropped' in caption for caption in captions)
    # the largest portrait's sky is background, veiled; the small faces are not
    veil, face = page.execute_script(
        "const c = document.getElementById('heat').getContext('2d');"
        'const at = (x, y) => [...c.getImageData(x, y, 1, 1).data];'
        "document.querySelectorAll('input[name=level]')[1].click();"
        'return [at(480, 100), at(631, 429)]'
    )
    assert veil[3] == 165 and face[3] == 235


def test_str_shows_anchors_that_came_closer_to_a_face(page, pictures):
    choose(page, pictures / 'portrait.jpg')
    one(page, 'input[value=str]').click()
    assert find(page, 'rect.before') and find(page, 'line.way')
    assert len(find(page, 'rect.before')) == len(find(page, 'rect.after'))
    words = one(page, '#caption').text.split()
    before, after = float(words[-3]), float(words[-1].rstrip('.'))
    assert before < after - 0.05


def downloaded(page, name):
    path = wait_for(lambda: next(page.downloads.glob(name), None))
    return path


def test_faces_are_hidden_but_not_the_unticked_one(page, pictures):
    choose(page, pictures / 'group.png')
    one(page, '#list li:first-child input').click()
    assert len(find(page, 'rect.kept')) == 1
    one(page, '#anonymise').click()
    written = cv2.imread(str(downloaded(page, 'without-faces*.png')))
    given = cv2.imread(str(pictures / 'group.png'))
    label = one(page, '#list li:first-child').text
    x, y = (int(part.strip(',')) for part in label.split(' at ')[1].split(', '))
    changed = (written != given).any(2)
    assert not changed[y + 20 : y + 40, x + 20 : x + 40].any()
    assert changed[425:430, 628:634].all()  # a small one


def test_what_is_no_picture_is_said_and_the_page_goes_on(page, pictures, tmp_path):
    (tmp_path / 'notes.jpg').write_text('no picture')
    one(page, '#file').send_keys(str(tmp_path / 'notes.jpg'))
    wait_for(lambda: 'not a picture that can be read' in one(page, '#error').text)
    choose(page, pictures / 'portrait.jpg')
    assert one(page, '#error').text == ''


def test_a_picture_can_be_dropped(page, pictures):
    page.execute_script(
        """
        const bytes = Uint8Array.from(atob(arguments[0]), (c) => c.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], 'a.jpg', { type: 'image/jpeg' }));
        document.getElementById('drop').dispatchEvent(
          new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
        """,
        base64.b64encode((pictures / 'portrait.jpg').read_bytes()).decode(),
    )
    wait_for(lambda: '1 face with' in one(page, '#status').text)


def test_all_of_it_can_be_reached_and_done_by_keyboard(page, pictures):
    from selenium.webdriver import ActionChains, Keys

    choose(page, pictures / 'group.png')
    page.execute_script('document.activeElement.blur()')
    reached = []
    for _ in range(12):
        ActionChains(page).send_keys(Keys.TAB).perform()
        active = page.switch_to.active_element
        reached.append(active.get_attribute('id') or active.get_attribute('name'))
        outline = active.value_of_css_property('outline-style')
        # the file's field itself is invisible: its label has the frame
        assert outline != 'none' or reached[-1] == 'file', reached[-1]
        if reached[-1] == 'threshold':
            before = one(page, '#threshold-value').text
            active.send_keys(Keys.ARROW_RIGHT)
            assert one(page, '#threshold-value').text != before
        if reached[-1] == 'view':
            active.send_keys(Keys.ARROW_DOWN)
            assert one(page, '#caption').text
    for name in ('file', 'threshold', 'view', 'level', 'style', 'anonymise', 'json'):
        assert name in reached


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('view', ['faces', 'stc', 'str'])
def test_axe_finds_nothing_that_would_shut_somebody_out(page, pictures, view, scheme):
    axe = pytest.importorskip('axe_core_python.selenium', reason='no axe-core-python')
    page.execute_cdp_cmd(
        'Emulation.setEmulatedMedia',
        dict(features=[dict(name='prefers-color-scheme', value=scheme)]),
    )
    choose(page, pictures / 'portrait.jpg')
    one(page, f'input[value={view}]').click()
    wrong = axe.Axe().run(page)['violations']
    assert [(v['id'], v['nodes'][0]['html']) for v in wrong] == []


def test_changes_are_told_to_a_screen_reader(page, pictures):
    choose(page, pictures / 'portrait.jpg')
    assert one(page, '#status').get_attribute('role') == 'status'
    assert one(page, '#error').get_attribute('role') == 'alert'
    assert '1 face framed' in one(page, '#picture').get_attribute('alt')
    assert one(page, '#threshold').get_attribute('aria-valuetext') == 'score 0.50'
    assert 'score 0.99' in one(page, '#list li').text


@pytest.mark.parametrize('width', [320, 390])
def test_nothing_is_cut_off_at_phone_width(page, pictures, width):
    page.execute_cdp_cmd(
        'Emulation.setDeviceMetricsOverride',
        dict(width=width, height=700, deviceScaleFactor=2, mobile=True),
    )
    try:
        page.get(page.current_url)
        choose(page, pictures / 'group.png')
        for view in ('faces', 'stc', 'str'):
            one(page, f'input[value={view}]').click()
            assert (
                page.execute_script('return document.documentElement.scrollWidth')
                <= width
            )
        for element in find(page, 'button, select, .button'):
            assert element.rect['height'] >= 44  # a finger's
    finally:
        page.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
