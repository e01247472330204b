import os
from pathlib import Path

from srn_faces.inputs import find_inputs


def sources(found):
    return [one.source for one in found]


def test_folders_are_searched_and_other_files_left_alone(folder):
    Path('in/notes.txt').touch()
    Path('in/b.HEIC').touch()
    Path('in/c.MP4').touch()
    found, problems = find_inputs(['in'], 'faces')
    assert [(one.source, str(one.name), one.video) for one in found] == [
        ('in/a.png', 'a.png', False),
        ('in/b.HEIC', 'b.HEIC.jpg', False),
        ('in/c.MP4', 'c.MP4', True),
        ('in/sub/a.png', 'sub/a.png', False),
    ]
    assert not problems


def test_companions_results_and_folders_are_passed_over(folder):
    for name in (
        '._a.png',
        '__MACOSX/a.png',
        '.git/a.png',
        'faces/a.png',
        'x.jpg/a.txt',
    ):
        Path('in', name).parent.mkdir(exist_ok=True)
        Path('in', name).touch()
    found, problems = find_inputs(['in'], 'in/faces')
    assert sources(found) == ['in/a.png', 'in/sub/a.png'] and not problems


def test_no_two_results_have_one_name(folder):
    Path('in/a.png.gif').touch()
    Path('in/a.png.gif.jpg').touch()
    found, _ = find_inputs(['in/a.png', 'in/sub/a.png', 'in/a.png.gif', 'in'], 'faces')
    names = [str(one.name) for one in found]
    assert names[:3] == ['a.png', 'a-2.png', 'a.png.gif.jpg']
    assert len(set(names)) == len(names) == 7


def test_what_is_not_there_or_empty_is_a_line(folder):
    os.mkdir('empty')
    found, problems = find_inputs(['nosuch.jpg', 'empty', 'in/a.png'], 'faces')
    assert sources(found) == ['in/a.png']
    assert problems == [
        'nosuch.jpg: no such file or folder',
        'empty: no picture in this folder',
    ]


def test_a_loop_of_links_ends(folder):
    Path('in/sub/loop').symlink_to('..')
    assert len(find_inputs(['in'], 'faces')[0]) == 2


def test_addresses_cameras_and_standard_input():
    given = ['http://a/b%20c.jpg?x=1', 'https://a/', 'camera:0', '-', 'https://a/d.mov']
    found, _ = find_inputs(given, 'faces')
    assert [(one.kind, str(one.name), one.video) for one in found] == [
        ('url', 'b c.jpg', False),
        ('url', 'picture.jpg', False),
        ('camera', 'camera-0.mkv', True),
        ('stdin', 'stdin.jpg', False),
        ('url', 'd.mov', True),
    ]
