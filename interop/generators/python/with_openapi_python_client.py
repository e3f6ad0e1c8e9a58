"""Calls the stand-in with the client that openapi-python-client made, signed in by HTTP Digest."""

import os

import httpx
from migration_link import Client
from migration_link.api.migration_link import connect, disconnect, status
from migration_link.models import LinkRequest

org = os.environ["ORG"]
digest = httpx.DigestAuth(os.environ["PUBLIC_KEY"], os.environ["PRIVATE_KEY"])
client = Client(base_url=os.environ["BASE"], httpx_args={"auth": digest})
request = LinkRequest(link_token="the token that Atlas showed")
print("connect", connect.sync(org, client=client, body=request).status)
print("status", status.sync(org, client=client).status)
print("disconnect", disconnect.sync_detailed(org, client=client).status_code.value)
again = disconnect.sync_detailed(org, client=client)
print("disconnect", again.status_code.value, again.parsed.error_code)
