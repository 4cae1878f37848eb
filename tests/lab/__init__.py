"""A laboratory: a real FreeSWITCH, real phones, and ears that tell who is heard by whom.

Everything runs on the loopback interface and on ports of its own, so that several may run at once.
"""
