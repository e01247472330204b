import gc
import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from srn_faces import command
from srn_faces.lean_import import WHOLE, lean_import
from srn_faces.results import faces_of
from srn_mmdet.apis.inferencer import SRNInferencer
from srn_mmdet.demo.portrait import portrait
from srn_mmdet.visualization import draw_detections


@pytest.mark.slow
def test_faces_are_found_as_ever_without_what_finding_them_never_calls(tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), portrait())
    code = (
        'import sys\n'
        'from srn_faces.command import main\n'
        'sys.argv[1:] = ["a.png", "--device", "cpu"]\n'
        'main()\n'
        'seldom = {"matplotlib", "scipy", "sympy", "torch.distributed.fsdp",\n'
        '          "torch.distributed.optim", "torch.distributed.tensor",\n'
        '          "pkg_resources"}\n'
        'assert not seldom & set(sys.modules), seldom & set(sys.modules)\n'
    )
    command = [sys.executable, '-W', 'ignore', '-c', code]
    env = dict(os.environ, OMP_NUM_THREADS='1')
    subprocess.run(command, check=True, cwd=tmp_path, env=env)
    rows = SRNInferencer(device='cpu')(portrait(), 0.5)
    faces = json.loads((tmp_path / 'faces/a.png.json').read_text())['faces']
    assert len(faces) == 1 and faces == faces_of(rows)
    np.testing.assert_array_equal(
        cv2.imread(str(tmp_path / 'faces/a.png')), draw_detections(portrait(), rows)
    )


@pytest.fixture
def seldom(tmp_path, monkeypatch):
    """A package ``seldom_used`` in the place of the list of such, not imported yet."""
    (tmp_path / 'seldom_used').mkdir()
    for name in ('__init__', 'part'):
        (tmp_path / 'seldom_used' / f'{name}.py').write_text(
            'class Base: size = 3\ndef double(x): return 2 * x\nsettings = {"a": 1}\n'
        )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr('srn_faces.lean_import._SELDOM', ('seldom_used',))
    yield
    for name in [name for name in sys.modules if name.startswith('seldom_used')]:
        del sys.modules[name]
    gc.unfreeze()


def test_a_name_is_looked_up_where_it_is_used(seldom):
    with lean_import():
        import seldom_used.part as part
        from seldom_used import Base, double

        class Derived(Base):
            pass

    assert 'seldom_used' not in sys.modules
    assert Derived.__mro__ == (Derived, object)
    assert double(4) == 8 and Base.size == 3 and Base().size == 3
    assert part.settings['a'] == 1
    import seldom_used

    assert seldom_used.__file__ and isinstance(Base(), seldom_used.Base)


class Begun(BaseException):
    """The program, begun anew."""


@pytest.mark.parametrize('wrong', [ImportError, TypeError])
def test_an_import_that_fails_is_tried_again_whole(seldom, monkeypatch, wrong):
    def begin(program, args, env):
        assert program == sys.executable and args == sys.orig_argv
        assert env == os.environ | {WHOLE: '1'}
        raise Begun

    monkeypatch.setattr(os, 'execve', begin)
    with pytest.raises(Begun), lean_import():
        raise wrong
    assert gc.isenabled()
    monkeypatch.setenv(WHOLE, '1')
    with pytest.raises(wrong), lean_import():
        import seldom_used

        assert seldom_used.settings
        raise wrong


def test_within_somebodys_process_all_is_imported_whole(folder, monkeypatch):
    monkeypatch.setattr(command, 'lean_import', None)
    command.main(['in'])
    assert os.path.exists('faces/a.png')
