"""Print the anchor and sample statistics of a data set, level by level."""

import argparse
import os.path as osp

from srn_mmdet.apis.anchor_stats import anchor_stats, format_anchor_stats
from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.runner import load_config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='path of a config, or name of a packaged one')
    parser.add_argument('--data-root', help="in place of the config's data_root")
    parser.add_argument('--num-images', type=int, default=200, help='samples to draw')
    parser.add_argument('--image-list', help='of these images, EVENT/NAME.jpg a line')
    args = parser.parse_args()
    cfg = load_config(args.config, data_root=args.data_root)
    if args.image_list:
        cfg.train_dataloader.dataset.image_list = osp.abspath(args.image_list)
    print(format_anchor_stats(anchor_stats(cfg, args.num_images)))


if __name__ == '__main__':
    with one_line_errors():
        main()
