# SRN without RFE
_base_ = './srn_mnet025_12e_widerface-subset.py'

model = dict(neck=_base_.model.neck[:1])
