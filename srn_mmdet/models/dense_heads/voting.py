"""Box voting in the place of NMS, as the last thing a head does."""

from mmdet.structures.bbox import get_box_tensor
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData

from ..layers import box_voting


class BoxVoting:
    """A head of mmdet's with ``nms=dict(type='box_voting', iou_threshold=...)`` too."""

    def _bbox_post_process(
        self,
        results: InstanceData,
        cfg: ConfigDict,
        rescale: bool = False,
        with_nms: bool = True,
        img_meta: dict | None = None,
    ) -> InstanceData:
        voting = with_nms and cfg.nms.get('type') == 'box_voting'
        results = super()._bbox_post_process(  # type: ignore[misc]
            results, cfg, rescale, with_nms and not voting, img_meta
        )
        return _vote(results, cfg) if voting else results


def _vote(results: InstanceData, cfg: ConfigDict) -> InstanceData:
    """The boxes of each class voted, all together the best ``max_per_img`` of them.

    What NMS would drop moves the box that stays.
    """
    voted = []
    for label in results.labels.unique():
        mine = results[results.labels == label]
        boxes, scores = box_voting(
            get_box_tensor(mine.bboxes),
            mine.scores,
            cfg.nms.iou_threshold,
            max_num=cfg.max_per_img,
            offset=cfg.nms.get('offset', 0),
        )
        labels = label.expand(len(boxes))
        voted.append(InstanceData(bboxes=boxes, scores=scores, labels=labels))
    if not voted:
        return results
    found = InstanceData.cat(voted)
    return found[found.scores.argsort(descending=True, stable=True)[: cfg.max_per_img]]
