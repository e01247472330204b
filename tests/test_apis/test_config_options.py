import pytest

from srn_mmdet.apis.config_options import check_options
from srn_mmdet.apis.runner import load_config


@pytest.fixture(scope='module')
def cfg():
    return load_config('srn_mnet025_widerface.py')


@pytest.mark.parametrize(
    'option',
    [
        'train_cfg.max_epochs',
        'optim_wrapper.optimizer.lr',
        'optim_wrapper.optimizer.amsgrad',
        'optim_wrapper.accumulative_counts',
        'optim_wrapper.clip_grad.max_norm',
        'optim_wrapper.paramwise_cfg.custom_keys.backbone.lr_mult',
        'train_dataloader.batch_size',
        'train_dataloader.drop_last',
        'train_dataloader.dataset.filter_cfg.filter_empty_gt',
        'train_dataloader.dataset.image_list',
        'train_dataloader.dataset.pipeline.0.to_float32',
        'val_dataloader.batch_sampler.type',
        'default_hooks.checkpoint.max_keep_ckpts',
        'default_hooks.checkpoint.save_best',
        'default_hooks.early_stopping.type',
        'custom_hooks.2.momentum',
        'model.test_cfg.stc_score_thr',
        'model.test_cfg.nms.iou_threshold',
        'model.backbone.init_cfg',
        'model.bbox_head.stc_levels',
        'model.bbox_head.loss_bbox.beta',
        'model.bbox_head.reg_decoded_bbox',
        'model.neck.0.norm_cfg.requires_grad',
        'model.train_cfg.assigner.first.pos_iou_thr',
        'randomness.seed',
        'env_cfg.cudnn_benchmark',
        'load_from',
        'resume',
        'find_unused_parameters',
        'tta_pipeline.1.max_size',
        'visualizer.vis_backends.0.type',
        'auto_scale_lr.base_batch_size',
    ],
)
def test_what_something_knows_is_taken(cfg, option):
    check_options(cfg, {option: 1})


@pytest.mark.parametrize(
    'option, said',
    [
        ('max_epochs', r"the config knows no 'max_epochs'; is train_cfg\.max_epochs"),
        ('train_cfg.max_epoch', r'train_cfg knows no .*is train_cfg\.max_epochs meant'),
        ('optim_wrapper.optimiser.lr', r'is optim_wrapper\.optimizer meant'),
        ('optim_wrapper.optimizer.learning_rate', 'optimizer knows no'),
        ('train_dataloder.batch_size', 'is train_dataloader meant'),
        ('train_dataloader.batchsize', r'is train_dataloader\.batch_size meant'),
        ('train_dataloader.dataset.pipeline.99.type', 'has the items 0 to 5, no 99'),
        ('default_hooks.checkpont.interval', r'is default_hooks\.checkpoint meant'),
        ('default_hooks.checkpoint.max_keep_ckpt', 'is .*max_keep_ckpts meant'),
        ('model.test_cfg.scor_thr', r'is model\.test_cfg\.score_thr meant'),
        ('model.bbox_head.stc_level', r'is model\.bbox_head\.stc_levels meant'),
        ('model.neck.0.defered_levels', r'is model\.neck\.0\.deferred_levels meant'),
        ('randomness.sed', r'is randomness\.seed meant'),
        ('train_cfg.max_epochs.x', r'train_cfg\.max_epochs is 130, which has no x'),
    ],
)
def test_what_nothing_knows_is_refused_with_what_may_be_meant(cfg, option, said):
    with pytest.raises(ValueError, match=said):
        check_options(cfg, {option: 1})


def test_the_command_lines_options_are_checked():
    with pytest.raises(ValueError, match=r"--cfg-options lr: the config knows no 'lr'"):
        load_config('srn_mnet025_widerface.py', cfg_options=dict(lr=1))
