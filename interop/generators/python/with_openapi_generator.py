"""Calls the stand-in with the client that openapi-generator made, signed in with an access token."""

import os

import openapi_client
from openapi_client.api.migration_link_api import MigrationLinkApi
from openapi_client.exceptions import NotFoundException

org = os.environ["ORG"]
configuration = openapi_client.Configuration(host=os.environ["BASE"], access_token=os.environ["TOKEN"])
with openapi_client.ApiClient(configuration) as client:
    api = MigrationLinkApi(client)
    request = openapi_client.LinkRequest(linkToken="the token that Atlas showed")
    print("connect", api.connect(org, request).status.value)
    print("status", api.status(org).status.value)
    print("disconnect", api.disconnect_with_http_info(org).status_code)
    try:
        api.disconnect(org)
    except NotFoundException as e:
        print("disconnect", e.status, e.data.error_code)
