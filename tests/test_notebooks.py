"""The notebook runs from its first cell to its last, and shows what it says."""

from pathlib import Path

import pytest

nbclient = pytest.importorskip('nbclient', reason='no nbclient')
nbformat = pytest.importorskip('nbformat')
pytest.importorskip('ipykernel')

REPO = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_the_notebook_goes_from_a_picture_to_its_faces(tmp_path, monkeypatch):
    monkeypatch.setenv('PYTHONPATH', str(REPO))
    monkeypatch.setenv('OMP_NUM_THREADS', '1')
    notebook = nbformat.read(REPO / 'notebooks' / 'first_faces.ipynb', 4)
    nbclient.NotebookClient(
        notebook, timeout=120, resources=dict(metadata=dict(path=str(tmp_path)))
    ).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == 'code']
    texts = ''.join(out.get('text', '') for cell in cells for out in cell.outputs)
    shown = [
        out
        for cell in cells
        for out in cell.outputs
        if out.output_type == 'display_data'
    ]
    assert '23 faces' in texts and 'stride   8: 97' in texts
    assert len(shown) == 4 and (tmp_path / 'steps.png').is_file()


def test_the_notebook_is_kept_without_outputs():
    notebook = nbformat.read(REPO / 'notebooks' / 'first_faces.ipynb', 4)
    for cell in notebook.cells:
        if cell.cell_type == 'code':
            assert cell.outputs == [] and cell.execution_count is None
