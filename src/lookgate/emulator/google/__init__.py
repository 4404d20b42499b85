"""A local Google identity service: metadata server, IAM Credentials, certificates, token endpoint, scheduler.

For trying out what renews and verifies Google's tokens, on loopback. It stands alone and shares nothing with the rest.
"""
