"""Videos through PyAV: every frame looked at, faces followed, the sound kept.

Frames are decoded a few ahead in a thread of their own, while faces are found in this
one. The sound is copied packet by packet; nothing else of the container goes into the
result.
"""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction

import numpy as np

from srn_mmdet.written_aside import written_aside

from .inputs import Input
from .results import crop_of
from .tracker import Tracker

_AHEAD = 4  # frames


def look_at_video(
    path: str, one: Input, detect, options, results, progress
) -> str | None:
    """Find and follow the faces of a video, and write what was asked for.

    Args:
        path: Where it lies.
        one: What it was given as.
        detect, options, results, progress: As ``run`` has them.

    Returns:
        A line where it was read to a damaged place only.

    Raises:
        ImportError: PyAV is not installed.
        ValueError, OSError: It is no video, or the result cannot be written.
    """
    try:
        import av
    except ImportError:
        raise ImportError(f'{one.source}: videos want PyAV: pip install av') from None
    form = None
    if one.kind == 'camera':
        path, form = f'/dev/video{one.source.partition(":")[2]}', 'v4l2'
    with ExitStack() as stack:
        try:
            source = stack.enter_context(av.open(path, format=form))
            video = source.streams.video[0]
        except (OSError, ValueError, IndexError) as error:  # PyAV's are of these
            reason = getattr(error, 'strerror', None) or 'there are no frames in it'
            if one.kind == 'camera':
                raise ValueError(f'{one.source}: no camera: {path}: {reason}') from None
            raise ValueError(f'{one.source}: not a video: {reason}') from None
        video.thread_type = 'AUTO'
        writer = None
        if not options.json:
            aside = stack.enter_context(written_aside(results.folder / one.name))
            writer = stack.enter_context(_Writer(av, str(aside), source))
        frames, note, last = [], '', None
        best: dict[int, tuple[float, np.ndarray]] = {}  # of each track
        tracker, start = Tracker(options.score_thr), time.monotonic()
        try:
            for item in _ahead(_demuxed(source, video)):
                if isinstance(item, Exception):
                    note = f'{one.source}: is damaged after {last or 0:.1f} s: {item}'
                    break
                if not isinstance(item, av.VideoFrame):
                    if writer:
                        writer.sound(item)
                    continue
                picture = _upright(item)
                now = item.time if item.time is not None else len(frames) / 25
                rows = results.chosen(detect(picture, tracker.lowest))
                tracks = tracker.step(
                    rows, max(now - (now if last is None else last), 0)
                )
                last = now
                if options.crop:
                    _keep_best(best, tracks, picture)
                held = np.array([[*t.held(), t.score] for t in tracks]).reshape(-1, 5)
                if writer:
                    writer.frame(item, results.marked(picture, held))
                frames.append(dict(time=round(now, 3), faces=_faces(tracks)))
                pace = len(frames) / max(time.monotonic() - start, 1e-9)
                progress.frame(len(frames), video.frames or None, pace)
        except KeyboardInterrupt:
            if one.kind != 'camera':  # which has no other end
                raise
        if not frames:
            raise ValueError(f'{one.source}: not a video: no frame can be read')
        height, width = picture.shape[:2]
    if options.crop:
        results.write_crops(one, (best[number][1] for number in sorted(best)))
    content = dict(width=width, height=height, note=note, frames=frames)
    results.write_json(one, content)
    results.faces += tracker.count
    results.videos += 1
    return note or None


def _keep_best(best: dict, tracks, picture: np.ndarray) -> None:
    """The crop of each track where its score is highest."""
    for track in tracks:
        seen = best.get(track.number)
        if not track.missed and (seen is None or track.score > seen[0]):
            crop = crop_of(picture, track.box).copy()  # not the frame with it
            best[track.number] = track.score, crop


def _faces(tracks) -> list[dict]:
    return [
        dict(
            box=[round(float(x), 2) for x in track.held()],
            score=round(track.score, 4),
            track=track.number,
            **(dict(held=round(track.missed, 3)) if track.missed else {}),
        )
        for track in tracks
    ]


def _demuxed(source, video) -> Iterator:
    """Frames of the video, and packets of sound between them."""
    for packet in source.demux([video, *source.streams.audio[:1]]):
        if packet.stream is video:
            yield from packet.decode()
        elif packet.dts is not None:
            yield packet


def _ahead(items: Iterator) -> Iterator:
    """The items, got in a thread a few ahead; an error of it is the last item."""
    waiting: queue.Queue = queue.Queue(_AHEAD)
    ended, stop = object(), threading.Event()

    def put(item) -> bool:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(item):
                    return
        except Exception as error:  # of any decoder
            put(error)
        put(ended)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not ended:
            yield item
    finally:
        stop.set()
        thread.join()


def _upright(frame) -> np.ndarray:
    """BGR, as one sees it: telephones note how they were held."""
    picture = frame.to_ndarray(format='bgr24')
    turns = round(getattr(frame, 'rotation', 0) / 90) % 4
    return np.ascontiguousarray(np.rot90(picture, turns))


class _Writer:
    """Writes frames and copies sound into a new container."""

    def __init__(self, av, path: str, source) -> None:
        self.av, self.target = av, av.open(path, 'w')
        self.video, self.rate = None, source.streams.video[0].average_rate or 25
        self.audio = None
        if source.streams.audio:
            sound = source.streams.audio[0]
            self.audio = self.target.add_stream_from_template(sound)
            self.audio.metadata.clear()
        self.waiting: list = []

    def __enter__(self) -> '_Writer':
        return self

    def __exit__(self, kind, *rest) -> None:
        if kind is None and self.video is not None:
            for packet in self.video.encode(None):
                self.target.mux(packet)
        self.target.close()

    def frame(self, original, picture: np.ndarray) -> None:
        odd = [(0, side % 2) for side in picture.shape[:2]]
        picture = np.pad(picture, [*odd, (0, 0)], 'edge')  # as the format wants it
        if self.video is None:
            self.video = self.target.add_stream('libx264', rate=self.rate)
            self.video.height, self.video.width = picture.shape[:2]
            self.video.pix_fmt, self.video.options = 'yuv420p', {'crf': '20'}
            base = original.time_base or Fraction(1, 90000)
            self.video.time_base = self.video.codec_context.time_base = base
        frame = self.av.VideoFrame.from_ndarray(picture, format='bgr24')
        frame.pts, frame.time_base = original.pts, original.time_base
        for packet in self.video.encode(frame):
            self.target.mux(packet)
        for packet in self.waiting:
            self.target.mux(packet)
        self.waiting.clear()

    def sound(self, packet) -> None:
        packet.stream = self.audio
        # the first packets may come before the frame that says what is written
        if self.video is None:
            self.waiting.append(packet)
        else:
            self.target.mux(packet)
