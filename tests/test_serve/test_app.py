"""The JSON API, as a client in another program would use it."""

import base64
import json

import cv2
import httpx
import numpy as np
import pytest

from srn_mmdet.apis.steps import look_at_steps
from srn_mmdet.demo.portrait import group


@pytest.fixture(scope='module')
def client(served):
    with httpx.Client(base_url=served.url, timeout=30) as client:
        yield client


def post(client, path, data, **fields):
    return client.post(path, files=dict(picture=('x', data)), data=fields)


def test_faces_are_the_detectors(client, detect, pictures):
    data = (pictures / 'group.png').read_bytes()
    found = post(client, '/api/detect', data, score_thr='0.5').json()
    wanted = detect(str(pictures / 'group.png'), 0.5)
    assert (found['width'], found['height']) == (1080, 680)
    rows = [[*face['box'], face['score']] for face in found['faces']]
    np.testing.assert_allclose(rows, wanted, atol=0.006)


def test_steps_are_the_heads(client, detect, pictures):
    found = post(client, '/api/steps', (pictures / 'group.png').read_bytes()).json()
    steps = look_at_steps(detect, group())
    assert [level['stride'] for level in found['stc']] == [4, 8, 16]
    for level, wanted in zip(found['stc'], steps.filtered):
        left = np.frombuffer(base64.b64decode(level['left']), np.uint8)
        np.testing.assert_array_equal(left.reshape(level['size']), wanted.left)
        share = 1 - left.sum() / left.size / level['anchors']
        assert level['dropped'] == pytest.approx(share) and 0.5 < share < 1
    moved = found['str'][0]['anchors']
    assert len(moved) == len(steps.moved[0].before) > 5
    assert all(anchor['iou_after'] >= 0.5 for anchor in moved)


def test_a_hidden_face_is_hidden_and_the_metadata_is_gone(client, pictures):
    from PIL import Image

    path = pictures / 'gps.jpg'
    exif = Image.Exif()
    exif[0x010F] = 'secret camera'
    Image.open(pictures / 'portrait.jpg').save(path, exif=exif)
    answer = post(client, '/api/anonymise', path.read_bytes())
    assert answer.headers['content-type'] == 'image/jpeg'
    assert b'secret' in path.read_bytes() and b'secret' not in answer.content
    hidden = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    given = cv2.imread(str(path))
    assert hidden.shape == given.shape
    sharp = [
        cv2.Laplacian(image[120:330, 190:350], 6).std() for image in (given, hidden)
    ]
    assert sharp[1] < sharp[0] / 5


def test_orientation_in_the_metadata_is_followed(client, pictures):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    path = pictures / 'turned.jpg'
    Image.open(pictures / 'portrait.jpg').rotate(90, expand=True).save(path, exif=exif)
    found = post(client, '/api/detect', path.read_bytes(), score_thr='0.5').json()
    assert (found['width'], found['height']) == (512, 600)
    assert len(found['faces']) == 1


BOMB = b'BM' + (54).to_bytes(4, 'little') + bytes(4) + (54).to_bytes(4, 'little')
BOMB += (40).to_bytes(4, 'little') + 2 * (60000).to_bytes(4, 'little')
BOMB += (1).to_bytes(2, 'little') + (24).to_bytes(2, 'little') + bytes(24)


@pytest.mark.parametrize(
    'data, fields, status, said',
    [
        (b'', {}, 400, 'is empty'),
        (b'no picture', {}, 400, 'not a picture'),
        (b'\xff\xd8\xff' + bytes(500), {}, 400, 'picture'),
        (b'%!PS-Adobe-3.0 EPSF-3.0\n', {}, 400, 'not a picture'),
        (BOMB, {}, 413, 'pixels'),
        (b'x', dict(score_thr='nan'), 400, 'score_thr'),
        (b'x', dict(score_thr='-1'), 400, 'score_thr: '),
        (bytes(20_000_001), {}, 413, 'wants at most 20 MB'),
    ],
    ids=['empty', 'text', 'cut', 'eps', 'bomb', 'nan', 'negative', 'large'],
)
def test_what_is_wrong_is_said_in_a_sentence(client, data, fields, status, said):
    answer = post(client, '/api/detect', data, **fields)
    assert answer.status_code == status, answer.text
    assert said in answer.json()['error'] and '\n' not in answer.json()['error']


@pytest.mark.parametrize(
    'method, path, status, said',
    [
        ('GET', '/api/detect', 405, 'wants POST'),
        ('PUT', '/api/steps', 405, 'wants POST'),
        ('DELETE', '/api/info', 405, 'wants GET'),
        ('GET', '/api/nothing', 404, 'no such path'),
    ],
)
def test_another_method_or_path_is_said(client, method, path, status, said):
    answer = client.request(method, path)
    assert answer.status_code == status and said in answer.json()['error']
    if status == 405:
        assert answer.headers['allow'] == said.split()[-1]


@pytest.mark.parametrize('fields', [{}, dict(picture='text, no file')])
def test_a_request_without_a_file_is_told_so(client, fields):
    answer = client.post('/api/detect', data=fields)
    assert (answer.status_code, answer.json()) == (
        400,
        dict(error='picture: wants a file'),
    )


@pytest.mark.parametrize(
    'boxes', ['nonsense', '[[1, 2, 3]]', '[["a", 1, 2, 3]]', '[[NaN, 0, 1, 1]]', '{}']
)
def test_wrong_boxes_are_refused(client, pictures, boxes):
    data = (pictures / 'portrait.jpg').read_bytes()
    answer = post(client, '/api/anonymise', data, boxes=boxes)
    assert answer.status_code == 400 and 'boxes: wants' in answer.json()['error']


def test_a_chunked_upload_is_limited_as_it_comes(client):
    def parts():
        yield b'--b\r\nContent-Disposition: form-data; name="picture"; '
        yield b'filename="x"\r\n\r\n'
        for _ in range(25):
            yield bytes(1_000_000)
        yield b'\r\n--b--\r\n'

    headers = {'content-type': 'multipart/form-data; boundary=b'}
    answer = client.post('/api/detect', content=parts(), headers=headers)
    assert answer.status_code == 413 and 'at most 20 MB' in answer.json()['error']


@pytest.mark.parametrize(
    'path', ['/../setup.cfg', '/%2e%2e/setup.cfg', '/static/../app.py', '//etc/passwd']
)
def test_no_path_leads_out_of_the_page(client, path):
    answer = client.send(
        httpx.Request('GET', client.base_url.copy_with(raw_path=path.encode()))
    )
    assert answer.status_code == 404


def test_a_file_name_of_the_client_is_not_looked_at(client, tmp_path, pictures):
    data = (pictures / 'portrait.jpg').read_bytes()
    for name in ('../../etc/passwd', '/etc/passwd', str(pictures / 'group.png')):
        found = client.post('/api/detect', files=dict(picture=(name, data))).json()
        assert (found['width'], found['height']) == (512, 600)


def test_the_page_loads_nothing_from_elsewhere(client):
    answer = client.get('/')
    assert "default-src 'self'" in answer.headers['content-security-policy']
    for name in ('/', '/page.js', '/drawing.js', '/style.css'):
        text = client.get(name).text.replace('http://www.w3.org/2000/svg', '')
        assert 'http://' not in text and 'https://' not in text


def test_openapi_describes_every_answer(client):
    api = client.get('/openapi.json').json()
    for path in ('/api/detect', '/api/steps', '/api/anonymise'):
        responses = api['paths'][path]['post']['responses']
        assert {'200', '400', '408', '413', '503'} <= set(responses)
        form = json.dumps(api['paths'][path]['post']['requestBody'])
        assert 'multipart/form-data' in form
    assert api['info']['version'] and 'Faces' in api['components']['schemas']
