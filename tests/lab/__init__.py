"""A laboratory: a real FreeSWITCH, real phones, and a sniffer that tells who hears whom.

Everything runs on the loopback interface and on ports of its own, so that several may run at once.
"""
