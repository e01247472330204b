"""Publishing: the entry in the metafile and the card are what the files say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from modelindex.load_model_index import load as load_index

from srn_mmdet.apis.list_model import list_model
from srn_mmdet.apis.published import load_published, publish, to_safetensors
from srn_mmdet.zoo import models
from srn_mmdet.zoo.card import BEGIN, END
from srn_mmdet.zoo.entry import read_results
from srn_mmdet.zoo.index import root
from tests.test_zoo.made import checkpoint

REPO = Path(__file__).resolve().parents[2]
SAID = dict(
    dataset='WIDER FACE val',
    training_data='drawn faces',
    licence='CC0',
    aliases=['small'],
    epochs=3,
)
CONFIG = """
model = dict(type='RetinaNet', backbone=dict(type='ResNet'), neck=[dict(type='SRNFPN'),
    dict(type='RFE')], bbox_head=dict(type='SRNHead'))
"""


@pytest.fixture
def tree(tmp_path):
    """A checkout: its metafile; a published file; an evaluation's JSON."""
    (tmp_path / 'configs').mkdir()
    (tmp_path / 'configs' / 'tiny_config.py').write_text(CONFIG)
    metafile = tmp_path / 'configs' / 'metafile.yml'
    metafile.write_text('Collections:\n- Name: SRN\nModels: []\n')
    (tmp_path / 'model-index.yml').write_text('Import:\n- configs/metafile.yml\n')
    path = publish(str(checkpoint(tmp_path / 'e.pth')), str(tmp_path / 'tiny.pth'))
    results = tmp_path / 'ap.json'
    results.write_text(json.dumps(dict(easy=0.91236, medium=0.8, hard=0.5)))
    return metafile, path, results


def config_of(tree):
    return str(tree[0].parent / 'tiny_config.py')


def test_the_entry_has_what_the_files_say(tree):
    metafile, path, results = tree
    entry = list_model(path, metafile, config_of(tree), results=str(results), **SAID)
    assert entry == yaml.safe_load(metafile.read_text())['Models'][0]
    assert entry['Results'][0]['Metrics'] == {
        'easy AP': 91.24,
        'medium AP': 80.0,
        'hard AP': 50.0,
    }
    (model,) = models(metafile)
    assert (model.name, model.aliases, model.file) == ('tiny', ('small',), path.name)
    assert model.config == Path(config_of(tree))
    assert entry['Metadata']['Parameters'] == 64 * 9
    (read,) = load_index(str(metafile.parents[1] / 'model-index.yml')).models
    assert read.name == 'tiny' and not read.check_errors


def test_new_weights_keep_what_the_entry_says_of_them(tree):
    metafile, path, results = tree
    list_model(path, metafile, config_of(tree), results=str(results), **SAID)
    again = publish(
        str(checkpoint(metafile.with_name('e.pth'), 0.2)),
        str(metafile.with_name('tiny.pth')),
    )
    results.write_text('{"easy": 0.95, "medium": 0.9, "hard": 0.6}')
    entry = list_model(again, metafile, results=str(results))
    assert again.name != path.name and entry['Weights'].endswith(again.name)
    assert entry['Metadata']['Training Data'] == 'drawn faces'
    assert entry['Results'][0]['Metrics']['easy AP'] == 95.0
    assert len(models(metafile)) == 1


def test_a_check_finds_what_differs_and_writes_nothing(tree):
    metafile, path, results = tree
    card = metafile.with_name('card.md')
    with pytest.raises(ValueError, match='has no tiny'):
        list_model(
            path, metafile, config_of(tree), check=True, results=str(results), **SAID
        )
    list_model(path, metafile, config_of(tree), card=card, results=str(results), **SAID)
    before = metafile.read_text(), card.read_text()
    list_model(path, metafile, card=card, check=True, results=str(results))
    results.write_text('{"easy": 0.5}')
    with pytest.raises(ValueError, match='tiny: Results is'):
        list_model(path, metafile, check=True, results=str(results))
    card.write_text(before[1].replace('91.24', '99.99'))
    with pytest.raises(ValueError, match='is not what the metafile'):
        list_model(path, metafile, card=card, check=True)
    assert metafile.read_text() == before[0]


def test_the_card_keeps_what_is_around_the_figures(tree):
    metafile, path, results = tree
    card = metafile.with_name('card.md')
    card.write_text(f'# Mine\n\n{BEGIN}\nold\n{END}\n\nWhat it is bad at.\n')
    report = metafile.with_name('report.json')
    group = dict(num_faces=1200, ap=0.25, recall=0.75)
    report.write_text(json.dumps(dict(groups={'under 16 px': group})))
    list_model(
        path,
        metafile,
        config_of(tree),
        str(card),
        str(report),
        results=str(results),
        **SAID,
    )
    text = card.read_text()
    assert text.startswith(f'# Mine\n\n{BEGIN}') and text.endswith('bad at.\n')
    assert '| 91.24 | 80.0 | 50.0 |' in text and 'old' not in text
    assert '| under 16 px | 1,200 | 0.250 | 0.750 |' in text
    assert '`ResNet`, `SRNFPN`, `RFE`, `SRNHead`; 576 parameters' in text
    for wrong in ('no json', '[]', '{}'):
        report.write_text(wrong)
        with pytest.raises(ValueError, match=r'report\.json: not what report.py'):
            list_model(path, metafile, card=str(card), report=str(report))
    card.write_text('# no marks')
    with pytest.raises(ValueError, match='wants these two lines'):
        list_model(path, metafile, card=str(card))


def test_what_is_missing_is_asked_for(tree):
    metafile, path, results = tree
    with pytest.raises(ValueError, match='give --config'):
        list_model(path, metafile)
    with pytest.raises(
        ValueError, match='give --dataset, --training-data, --licence, --results'
    ):
        list_model(path, metafile, config_of(tree))
    list_model(path, metafile, config_of(tree), results=str(results), **SAID)
    other = publish(str(metafile.parents[1] / 'e.pth'), str(metafile.parent / 'o.pth'))
    with pytest.raises(ValueError, match='another model is called small already'):
        list_model(other, metafile, config_of(tree), results=str(results), **SAID)


@pytest.mark.parametrize(
    'text', [b'no json', b'[]', b'{}', b'{"easy": 91.2}', b'{"easy": true}', b'\xff']
)
def test_what_is_no_evaluation_is_refused(tmp_path, text):
    (tmp_path / 'ap.json').write_bytes(text)
    with pytest.raises(ValueError, match=r'ap\.json:(1: not a text| no JSON| wants)'):
        read_results(tmp_path / 'ap.json')


def test_safetensors_hold_the_same(tree):
    pytest.importorskip('safetensors')
    path = to_safetensors(tree[1])
    wanted, found = load_published(tree[1]), load_published(path)
    assert found['meta']['cfg'] == wanted['meta']['cfg']
    assert found['state_dict'].keys() == wanted['state_dict'].keys()
    assert all(
        torch.equal(found['state_dict'][key], value)
        for key, value in wanted['state_dict'].items()
    )
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match='damaged or was changed'):
        load_published(path)


@pytest.mark.slow
def test_the_tool_says_in_a_sentence_what_is_wrong(tree):
    metafile, path, _ = tree
    tool = REPO / 'tools' / 'model_converters' / 'publish_model.py'
    run = subprocess.run(
        [sys.executable, tool, path, '--metafile', metafile],
        capture_output=True,
        text=True,
        cwd=REPO,
        env={'PYTHONPATH': str(REPO)},
    )
    # the forks print a line of their own where they are imported
    assert run.returncode == 1 and str(path.parent) not in run.stdout
    assert run.stderr.splitlines()[-1].startswith('error: ')


def test_the_packages_metafile_is_read_and_true_of_the_packaged_weights():
    """After new weights, publish_model writes it anew (docs/zoo.md)."""
    index = load_index(str(root() / 'model-index.yml'))
    published = [m.name for m in index.models if m.weights.endswith('.pth')]
    assert published == [m.name for m in models()]
    assert not any(model.check_errors for model in index.models)
    weights = REPO / 'srn_mmdet' / 'weights'
    packaged = [m for m in models() if (weights / m.file).is_file()]
    assert [m.file for m in packaged] == sorted(p.name for p in weights.glob('*.pth'))
    for model in packaged:
        list_model(weights / model.file, REPO / 'configs' / 'metafile.yml', check=True)


def test_mim_quotes_what_an_entry_without_weights_says():
    """What mim raises is a TypeError of its own; before it stands what it met."""
    utils = pytest.importorskip('mim.utils.utils')
    index = load_index(str(root() / 'model-index.yml'))
    said = {m.name: m.weights for m in index.models if not m.weights.endswith('.pth')}
    assert 'mim train srn_mmdet srn_r50_widerface.py' in said['srn_r50_widerface']
    for sentence in said.values():
        with pytest.raises(TypeError) as error:
            utils.get_content_from_url(sentence)
        assert f"were found for '{sentence}'" in str(error.value.__context__)
        assert not {',', '/'} & set(sentence)  # mim splits there


def test_who_publishes_weights_takes_the_place_of_who_says_that_there_are_none(tree):
    metafile, path, results = tree
    none = [
        dict(Name=name, Config=f'configs/{name}.py', Weights='none published: train it')
        for name in ('tiny_config', 'other_config')
    ]
    metafile.write_text(yaml.safe_dump(dict(Models=none)))
    assert models(metafile) == []
    unsaid = dict(Name='bare', Config='configs/bare.py')  # as mim allows
    metafile.write_text(yaml.safe_dump(dict(Models=[*none, unsaid])))
    said = dict(SAID, aliases=['tiny_config'])
    list_model(path, metafile, config_of(tree), results=str(results), **said)
    names = [each['Name'] for each in yaml.safe_load(metafile.read_text())['Models']]
    assert names == ['bare', 'other_config', 'tiny']


@pytest.mark.parametrize('text', ['{:', '- 1', 'abc', 'Models: abc', 'Models: [1]'])
def test_what_is_no_metafile_is_refused(tmp_path, text):
    (tmp_path / 'm.yml').write_text(text)
    with pytest.raises(ValueError, match=r'm\.yml: not a metafile'):
        models(tmp_path / 'm.yml')
