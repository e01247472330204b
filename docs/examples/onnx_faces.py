"""Find faces with ONNX Runtime alone: python onnx_faces.py light.onnx photo.jpg

light.onnx is from `python tools/export_onnx.py light.onnx --nms 0.4`.
"""

import sys

import cv2
import numpy as np
import onnxruntime

if len(sys.argv) != 3:
    sys.exit(__doc__)
session = onnxruntime.InferenceSession(sys.argv[1])
image = cv2.imread(sys.argv[2])
if image is None:
    sys.exit(f'{sys.argv[2]}: no picture')
pictures = image.transpose(2, 0, 1)[None].astype(np.float32)  # BGR, 0 to 255
(detections,) = session.run(None, {'pictures': pictures})
for _, x1, y1, x2, y2, score in detections[detections[:, 5] > 0.5]:
    print(f'{score:.3f}  {x1:.0f} {y1:.0f} {x2:.0f} {y2:.0f}')
    cv2.rectangle(image, (int(x1), int(y1)), (int(x2), int(y2)), (0, 200, 0), 2)
cv2.imwrite('faces.jpg', image)
