# SRN without RFE
_base_ = '../srn_r50_widerface.py'

model = dict(neck=_base_.model.neck[:1])
