"""The runner on a network of one weight, y = w x, so that all can be read off."""

import errno
import itertools
import os
from pathlib import Path

import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.model import BaseModel
from torch import nn
from torch.utils.data import DataLoader

from srn_mmdet.engine import SRNRunner, load_from_local
from srn_mmdet.engine.safe_checkpoint_hook import latest_checkpoint

NUMBER = itertools.count()  # runs of one name share a logger
CONFIG = "# notes: a rate of .2 gave NaN\ndefault_scope = 'mmdet'\n"


class OneWeight(BaseModel):
    def __init__(self, name='weight', size=1):
        super().__init__()
        setattr(self, name, nn.Parameter(torch.ones(size)))
        self.name = name

    def forward(self, inputs, data_samples=None, mode='tensor'):
        y = getattr(self, self.name) * torch.stack(inputs).mean()
        return dict(loss_a=y.sum(), loss_b=y.sum() * 0) if mode == 'loss' else [y]


class Image:
    def __init__(self, path):
        self.img_path = path


class Faces(list):
    metainfo = dict(classes=('face',))


def batches(values):
    return DataLoader(
        values,
        batch_size=1,
        collate_fn=lambda items: dict(
            inputs=[torch.tensor(float(value)) for value in items],
            data_samples=[Image(f'{value}.jpg') for value in items],
        ),
    )


def runner(work_dir, values=(1, 1), model=None, epochs=1, log=None, **more):
    config = Path(work_dir) / 'mine.py'
    config.write_text(CONFIG)
    built = SRNRunner(
        model=model or OneWeight(),
        work_dir=str(work_dir),
        train_dataloader=batches(values),
        train_cfg=more.pop('train_cfg', dict(by_epoch=True, max_epochs=epochs)),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=more.pop('lr', 0.125))),
        param_scheduler=dict(type='MultiStepLR', milestones=more.pop('steps', [9])),
        default_hooks=dict(
            checkpoint=dict(
                type='CheckpointHook', interval=1, **more.pop('checkpoint', {})
            )
        ),
        experiment_name=f'run-{next(NUMBER)}',
        cfg=Config.fromfile(config),
        default_scope='mmdet',
        **more,
    )
    if log is not None:
        built.logger.addHandler(log.handler)
    return built


def weight(path):
    return load_from_local(str(path))['state_dict']['weight'].item()


def test_a_config_in_its_own_work_folder_stays_as_it_was(tmp_path):
    runner(tmp_path)
    assert (tmp_path / 'mine.py').read_text() == CONFIG
    assert len(list(tmp_path.glob('*/mine.py'))) == 1


def test_a_loss_that_is_nan_stops_before_it_touches_the_weights(tmp_path):
    run = runner(tmp_path, [1, 2, 'nan', 1])
    with pytest.raises(FloatingPointError) as error:
        run.train()
    assert 'epoch 1, step 3: loss_a is nan, loss_b is nan' in str(error.value)
    assert 'images: nan.jpg' in str(error.value)
    assert run.model.weight.item() == 1 - 0.125 * (1 + 2)


def test_or_the_step_is_left_out_with_a_warning_and_a_count(tmp_path, caplog):
    hook = dict(type='NonFiniteLossHook', action='skip')
    run = runner(tmp_path, [1, 'nan', 2, 'inf'], custom_hooks=[hook], log=caplog)
    run.train()
    assert run.model.weight.item() == 1 - 0.125 * (1 + 2)
    assert 'step 2: loss_a is nan' in caplog.text and 'images: inf.jpg' in caplog.text
    assert '2 of 4 steps were left out' in caplog.text


def test_skipping_ends_where_every_step_is_bad(tmp_path):
    hook = dict(type='NonFiniteLossHook', action='skip', max_in_a_row=3)
    run = runner(tmp_path, [1, 'nan', 1, *['nan'] * 9], custom_hooks=[hook])
    with pytest.raises(FloatingPointError, match='step 6: .*3 steps in a row'):
        run.train()


def test_a_loss_that_is_nan_in_another_process_stops_this_one(tmp_path, monkeypatch):
    name = 'srn_mmdet.engine.non_finite_loss_hook.all_reduce'
    monkeypatch.setattr(name, lambda bad, op: bad.fill_(1))
    run = runner(tmp_path)
    with pytest.raises(FloatingPointError, match='loss of another process'):
        run.train()
    assert run.model.weight.item() == 1


class InfiniteGradient(OneWeight):
    def forward(self, inputs, data_samples=None, mode='tensor'):
        x = torch.stack(inputs).mean()
        return dict(loss=(self.weight * x - x).abs().sqrt().sum())  # inf at x = 0


def test_a_gradient_that_is_not_finite_stops_too(tmp_path):
    run = runner(tmp_path, [1], model=InfiniteGradient())
    with pytest.raises(FloatingPointError, match=r'gradient is not finite .*1\.jpg'):
        run.train()
    assert run.model.weight.item() == 1


def test_weights_that_are_no_numbers_take_no_checkpoints_place(tmp_path):
    run = runner(tmp_path, epochs=2, checkpoint=dict(max_keep_ckpts=1))
    run.train()
    assert [p.name for p in tmp_path.glob('*.pth')] == ['epoch_2.pth']
    with torch.no_grad():
        run.model.weight.fill_(float('nan'))
    with pytest.raises(FloatingPointError, match='weight has values that'):
        run.call_hook('after_train_epoch')
    assert weight(tmp_path / 'epoch_2.pth') == 0.5


def test_a_full_disk_leaves_the_last_good_checkpoint(tmp_path, monkeypatch):
    """With room for one only, too, which mmengine's hook removes first."""

    def full(path, content):
        with open(path, 'wb') as file:
            file.write(content[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run = runner(tmp_path, epochs=2, checkpoint=dict(max_keep_ckpts=1))
    run.train_loop._max_epochs = 1
    run.train()
    assert weight(tmp_path / 'epoch_1.pth') == 0.75
    again = runner(
        tmp_path,
        epochs=2,
        checkpoint=dict(max_keep_ckpts=1),
        load_from=latest_checkpoint(str(tmp_path)),
        resume=True,
    )
    with monkeypatch.context() as patched:
        patched.setattr('srn_mmdet.written_aside.Path.write_bytes', full)
        with pytest.raises(OSError, match=r'epoch_2\.pth: .*No space left'):
            again.train()
    assert [p.name for p in tmp_path.glob('*.pth')] == ['epoch_1.pth']
    assert not list(tmp_path.glob('.*.pth'))
    last = runner(
        tmp_path,
        epochs=2,
        checkpoint=dict(max_keep_ckpts=1),
        load_from=latest_checkpoint(str(tmp_path)),
        resume=True,
    )
    last.train()
    assert [p.name for p in tmp_path.glob('*.pth')] == ['epoch_2.pth']
    assert weight(tmp_path / 'epoch_2.pth') == 0.5


def test_the_latest_checkpoint_is_found_whatever_became_of_the_note(tmp_path):
    assert latest_checkpoint(str(tmp_path)) is None
    for name in ('epoch_9', 'epoch_10', 'best_a_epoch_99'):
        (tmp_path / f'{name}.pth').touch()
    tenth = str(tmp_path / 'epoch_10.pth')
    assert latest_checkpoint(str(tmp_path)) == tenth
    note = tmp_path / 'last_checkpoint'
    for text, found in (
        ('', tenth),  # the disk was full
        ('/elsewhere/epoch_9.pth', str(tmp_path / 'epoch_9.pth')),  # moved
        ('/elsewhere/epoch_7.pth', tenth),
    ):
        note.write_text(text)
        assert latest_checkpoint(str(tmp_path)) == found


@pytest.mark.parametrize(
    'train_cfg, said',
    [
        (dict(by_epoch=True, max_epochs=-1), r'train_cfg\.max_epochs=-1: wants 1'),
        (dict(by_epoch=False, max_iters=0), r'train_cfg\.max_iters=0'),
        (dict(by_epoch=True, max_epochs=1, val_interval=0), 'val_interval=0'),
    ],
)
def test_a_training_of_no_length_is_refused(tmp_path, train_cfg, said):
    with pytest.raises(ValueError, match=said):
        runner(tmp_path, train_cfg=train_cfg).train()


def test_a_head_of_other_classes_than_the_data_is_refused(tmp_path):
    model = OneWeight()
    model.head = nn.Identity()
    model.head.num_classes = 3
    run = runner(tmp_path, Faces([1]), model=model)
    with pytest.raises(ValueError, match=r'num_classes` \(3\) in Identity .* 1\)'):
        run.train()


@pytest.fixture
def checkpoint(tmp_path):
    (tmp_path / 'before').mkdir()
    runner(tmp_path / 'before').train()
    (tmp_path / 'now').mkdir()
    return str(tmp_path / 'before' / 'epoch_1.pth'), tmp_path / 'now'


def test_what_a_resumed_run_does_not_take_from_its_config_is_said(checkpoint, caplog):
    path, work = checkpoint
    run = runner(
        work, epochs=2, lr=0.5, steps=[5, 7], load_from=path, resume=True, log=caplog
    )
    run.train()
    assert 'optimizer lr=0.5 has no effect, 0.125 goes on' in caplog.text
    assert 'param_scheduler.0.milestones=' in caplog.text
    assert run.model.weight.item() == 0.5  # indeed
    caplog.clear()
    same = work / 'same'
    same.mkdir()
    runner(same, load_from=path, resume=True, log=caplog).train()
    assert 'resumed epoch: 1' in caplog.text
    assert 'no effect' not in caplog.text


def test_a_published_checkpoint_is_no_run_to_resume(checkpoint, tmp_path):
    path, work = checkpoint
    content = load_from_local(path)
    published = str(tmp_path / 'published.pth')
    torch.save(dict(meta=dict(epoch=1), state_dict=content['state_dict']), published)
    run = runner(work, load_from=published, resume=True)
    with pytest.raises(ValueError, match=r'published\.pth: cannot be resumed'):
        run.train()


def test_a_text_in_a_resumed_checkpoint_is_not_run(checkpoint, tmp_path):
    """mmengine takes ``meta.config`` for a config, and runs it."""
    path, work = checkpoint
    content = load_from_local(path)
    made = tmp_path / 'made'
    content['meta']['config'] = f'open({str(made)!r}, "w")'
    torch.save(content, path)
    runner(work, epochs=2, load_from=path, resume=True).train()
    assert not made.exists()


def test_another_optimizers_checkpoint_cannot_be_resumed(checkpoint):
    path, work = checkpoint
    run = runner(work, load_from=path, resume=True)
    run.optim_wrapper['optimizer']['type'] = 'Adam'
    with pytest.raises(ValueError, match='by Adam: its optimizer .* has no .*betas'):
        run.train()


def save(path, **tensors):
    torch.save(dict(state_dict=tensors), path)
    return str(path)


def test_training_says_how_many_tensors_load_from_gives(checkpoint, caplog):
    path, work = checkpoint
    model = OneWeight()
    model.more = nn.Linear(1, 1)
    del model.more.bias
    run = runner(work, model=model, load_from=path, log=caplog)
    run.train()
    assert '1 of the 2 tensors of the network taken' in caplog.text
    assert 'the others start anew: more.weight is missing' in caplog.text


@pytest.mark.parametrize(
    'tensors, said',
    [
        (dict(other=torch.ones(1)), 'weight is missing'),
        (dict(weight=torch.ones(2)), r'weight is \(2,\) .* \(1,\) in the network'),
    ],
)
def test_another_networks_weights_are_refused(tmp_path, monkeypatch, tensors, said):
    monkeypatch.setattr(
        'srn_mmdet.engine.check_weights_hook.fitting_config', lambda shapes: 'x.py'
    )
    path = save(tmp_path / 'a.pth', **tensors)
    run = runner(tmp_path, load_from=path)
    with pytest.raises(ValueError, match=rf'{said} \(they are those of x\.py'):
        run.train()
    run._train_loop, run._has_loaded = {}, False  # as in a test
    with pytest.raises(ValueError, match=said):
        run.load_or_resume()


def test_a_test_wants_no_weights_that_the_network_lacks(tmp_path, monkeypatch):
    name = 'srn_mmdet.engine.check_weights_hook.fitting_config'
    monkeypatch.setattr(name, lambda shapes: None)
    path = save(tmp_path / 'a.pth', weight=torch.ones(1), more=torch.ones(1))
    run = runner(tmp_path, load_from=path)
    run._train_loop = {}
    with pytest.raises(ValueError, match='more is not in the network'):
        run.load_or_resume()


def test_a_file_without_weights_is_refused(tmp_path):
    torch.save(dict(a=1), tmp_path / 'a.pth')
    run = runner(tmp_path, load_from=str(tmp_path / 'a.pth'))
    with pytest.raises(ValueError, match=r'a\.pth: no weights in it'):
        run.train()


def test_nothing_but_weights_is_a_checkpoint_where_weights_are_averaged(tmp_path):
    hooks = [dict(type='EMAHook')]
    torch.save(dict(weight=torch.full((1,), 3.0)), tmp_path / 'a.pth')
    run = runner(tmp_path, load_from=str(tmp_path / 'a.pth'), custom_hooks=hooks)
    run.train()
    assert run.model.weight.item() == 3 - 0.125 * (1 + 1)
    torch.save(dict(a=1), tmp_path / 'a.pth')
    run = runner(tmp_path, load_from=str(tmp_path / 'a.pth'), custom_hooks=hooks)
    with pytest.raises(ValueError, match=r'a\.pth: no weights in it'):
        run.train()


def test_weights_of_a_wrapped_network_are_taken(tmp_path, caplog):
    path = save(tmp_path / 'a.pth', **{'module.weight': torch.full((1,), 3.0)})
    run = runner(tmp_path, load_from=path, lr=0.5, log=caplog)
    run.train()
    assert '1 of the 1 tensors of the network taken' in caplog.text
    assert run.model.weight.item() == 3 - 0.5 * (1 + 1)


def test_what_an_earlier_run_passed_over_is_not_counted(tmp_path, caplog):
    record = tmp_path / 'bad.txt'
    record.write_text('old.jpg\tno such file\n')
    hook = dict(type='UnreadableImagesHook', record=str(record))
    runner(tmp_path, custom_hooks=[hook], log=caplog).train()
    assert not record.exists() and 'could not be read' not in caplog.text


def test_which_packaged_config_fits_is_found():
    from srn_mmdet.engine.packaged_configs import config_folder, fitting_config

    weights = next((config_folder().parent / 'srn_mmdet' / 'weights').glob('srn_mnet*'))
    state = load_from_local(str(weights))['state_dict']
    shapes = {key: value.shape for key, value in state.items()}
    assert fitting_config(shapes) == 'srn_mnet025_widerface.py'


@pytest.mark.parametrize(
    'name, key',
    [
        ('srn_swin-t_widerface.py', 'backbone.patch_embed.projection.weight'),
        ('srn_pvtv2-b0_widerface.py', 'backbone.layers.0.0.projection.weight'),
    ],
)
def test_the_tensors_of_any_packaged_network_are_known(name, key):
    """Swin and PVT cannot be built without memory."""
    from srn_mmdet.engine.packaged_configs import packaged_configs, tensors_of

    model = Config.fromfile(packaged_configs()[name]).model
    model.backbone.init_cfg = None
    assert key in tensors_of(model)


def test_registered_for_configs_of_mmdets_own_tools():
    from mmengine.registry import RUNNERS

    assert RUNNERS.get('SRNRunner') is SRNRunner
    assert MODELS is not None
