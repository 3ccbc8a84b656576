"""
boto3 at a KMS, unchanged but for its endpoint. Called by boto3.test.ts with the endpoint and a ciphertext of a key
that was rotated since; says what failed.
"""

import base64
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

kms = boto3.client("kms", endpoint_url=sys.argv[1], config=Config(retries={"max_attempts": 0}))


def refused(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        assert found == code, f"{found} instead of {code}"
        return
    raise AssertionError(f"no {code}")


key = kms.create_key(Description="from boto3", Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]
key_id = key["KeyId"]
assert key["Arn"].endswith(f":key/{key_id}") and key["Enabled"]
assert key["CreationDate"].year >= 2024

# Messages and their context.
context = {"app": "payroll", "ключ": "значение"}
sealed = kms.encrypt(KeyId=key_id, Plaintext=b"hello", EncryptionContext=context)["CiphertextBlob"]
opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)
assert opened["Plaintext"] == b"hello" and opened["KeyId"] == key["Arn"]
refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=sealed)
refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=sealed, EncryptionContext={"app": "x"})

# Disabled, and enabled again.
kms.disable_key(KeyId=key_id)
refused("DisabledException", kms.encrypt, KeyId=key_id, Plaintext=b"x")
kms.enable_key(KeyId=key_id)

# Rotated: what was sealed before opens.
rotated = kms.decrypt(CiphertextBlob=base64.b64decode(sys.argv[2]))
assert rotated["Plaintext"] == b"sealed before"
again = kms.encrypt(KeyId=rotated["KeyId"], Plaintext=b"sealed after")["CiphertextBlob"]
assert kms.decrypt(CiphertextBlob=again)["Plaintext"] == b"sealed after"
kms.enable_key_rotation(KeyId=key_id)
assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"]
assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"] == b"hello"

# To another key.
other = kms.create_key()["KeyMetadata"]["KeyId"]
moved = kms.re_encrypt(CiphertextBlob=sealed, SourceEncryptionContext=context, DestinationKeyId=other)
assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], KeyId=other)["Plaintext"] == b"hello"
refused("IncorrectKeyException", kms.decrypt, CiphertextBlob=moved["CiphertextBlob"], KeyId=key_id)

# Data keys and random bytes.
data_key = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")
assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]
assert "Plaintext" not in kms.generate_data_key_without_plaintext(KeyId=key_id, NumberOfBytes=16)
assert len(kms.generate_random(NumberOfBytes=100)["Plaintext"]) == 100

# MACs.
mac_key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
members = {"KeyId": mac_key, "MacAlgorithm": "HMAC_SHA_256"}
mac = kms.generate_mac(Message=b"hello", **members)["Mac"]
assert kms.verify_mac(Message=b"hello", Mac=mac, **members)["MacValid"]
refused("KMSInvalidMacException", kms.verify_mac, Message=b"hallo", Mac=mac, **members)

# Aliases, tags, policies.
kms.create_alias(AliasName="alias/boto3", TargetKeyId=key_id)
refused("AlreadyExistsException", kms.create_alias, AliasName="alias/boto3", TargetKeyId=other)
kms.update_alias(AliasName="alias/boto3", TargetKeyId=other)
assert kms.describe_key(KeyId="alias/boto3")["KeyMetadata"]["KeyId"] == other
kms.delete_alias(AliasName="alias/boto3")
refused("NotFoundException", kms.describe_key, KeyId="alias/boto3")
kms.tag_resource(KeyId=key_id, Tags=[{"TagKey": "b", "TagValue": "2"}])
kms.untag_resource(KeyId=key_id, TagKeys=["a"])
assert kms.list_resource_tags(KeyId=key_id)["Tags"] == [{"TagKey": "b", "TagValue": "2"}]
policy = json.loads(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])
deny = {**policy["Statement"][0], "Sid": "no", "Effect": "Deny", "Action": "kms:Decrypt"}
changed = json.dumps({**policy, "Statement": [*policy["Statement"], deny]})
kms.put_key_policy(KeyId=key_id, PolicyName="default", Policy=changed)
refused("AccessDeniedException", kms.decrypt, CiphertextBlob=sealed, EncryptionContext=context)
refused("MalformedPolicyDocumentException", kms.put_key_policy, KeyId=key_id, PolicyName="default", Policy="{}")
assert kms.list_key_policies(KeyId=key_id)["PolicyNames"] == ["default"]

# Pages.
pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
ids = [one["KeyId"] for page in pages for one in page["Keys"]]
assert len(pages) == 2 and len(set(ids)) == 4 and {key_id, other, mac_key} < set(ids)

# Deletion.
assert kms.schedule_key_deletion(KeyId=other, PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
refused("KMSInvalidStateException", kms.encrypt, KeyId=other, Plaintext=b"x")
kms.cancel_key_deletion(KeyId=other)
assert kms.describe_key(KeyId=other)["KeyMetadata"]["KeyState"] == "Disabled"
refused("NotFoundException", kms.describe_key, KeyId="00000000-0000-0000-0000-000000000000")
print("all is well")
