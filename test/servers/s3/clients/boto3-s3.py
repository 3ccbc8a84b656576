"""
boto3 at an S3 server, unchanged but for its endpoint. Called by boto3.test.ts with the endpoint; says what failed.
"""

import hashlib
import io
import random
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1024 * 1024
s3 = boto3.client("s3", endpoint_url=sys.argv[1], config=Config(retries={"max_attempts": 0}))


def refused(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        assert found == code, f"{found} instead of {code}"
        return
    raise AssertionError(f"no {code}")


def md5(data):
    return hashlib.md5(data).digest()


s3.create_bucket(Bucket="bucket")
s3.get_waiter("bucket_exists").wait(Bucket="bucket")

# In parts, several at once.
config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
big = random.Random(7).randbytes(12 * MIB + 3)
extra = {"Metadata": {"who": "boto3"}, "ChecksumAlgorithm": "SHA256", "ContentType": "text/x"}
s3.upload_fileobj(io.BytesIO(big), "bucket", "big", ExtraArgs=extra, Config=config)
head = s3.head_object(Bucket="bucket", Key="big", ChecksumMode="ENABLED")
parts = [big[at : at + 5 * MIB] for at in range(0, len(big), 5 * MIB)]
etag = hashlib.md5(b"".join(md5(part) for part in parts)).hexdigest()
assert head["ETag"] == f'"{etag}-3"', head["ETag"]
assert head["Metadata"] == {"who": "boto3"} and head["ContentType"] == "text/x"
assert head["ChecksumSHA256"].endswith("-3")
got = io.BytesIO()
s3.download_fileobj("bucket", "big", got, Config=config)
assert got.getvalue() == big
s3.copy({"Bucket": "bucket", "Key": "big"}, "bucket", "copy", Config=config)
body = s3.get_object(Bucket="bucket", Key="copy", Range="bytes=-1000")["Body"]
assert body.read() == big[-1000:]

# Pages.
names = [f"many/{number % 7}/ключ {number:03}" for number in range(60)]
for name in names:
    s3.put_object(Bucket="bucket", Key=name, Body=name.encode())
for operation in ["list_objects", "list_objects_v2"]:
    pages = list(s3.get_paginator(operation).paginate(Bucket="bucket", Prefix="many/", PaginationConfig={"PageSize": 7}))
    assert [entry["Key"] for page in pages for entry in page["Contents"]] == sorted(names)
    assert len(pages) == 9, len(pages)
grouped = s3.get_paginator("list_objects_v2").paginate(
    Bucket="bucket", Prefix="many/", Delimiter="/", PaginationConfig={"PageSize": 2}
)
folders = [one["Prefix"] for page in grouped for one in page.get("CommonPrefixes", [])]
assert folders == [f"many/{number}/" for number in range(7)], folders
s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
for number in range(5):
    s3.put_object(Bucket="bucket", Key="versions", Body=str(number))
versions = s3.get_paginator("list_object_versions").paginate(
    Bucket="bucket", Prefix="versions", PaginationConfig={"PageSize": 2}
)
ids = [entry["VersionId"] for page in versions for entry in page["Versions"]]
assert len(set(ids)) == 5
assert s3.get_object(Bucket="bucket", Key="versions", VersionId=ids[1])["Body"].read() == b"3"

# Conditions.
current = s3.head_object(Bucket="bucket", Key="versions")["ETag"]
refused("304", s3.get_object, Bucket="bucket", Key="versions", IfNoneMatch=current)
refused("PreconditionFailed", s3.get_object, Bucket="bucket", Key="versions", IfMatch='"other"')

# Many at once, then everything, by the interface of objects.
listed = [{"Key": name} for name in names]
assert len(s3.delete_objects(Bucket="bucket", Delete={"Objects": listed})["Deleted"]) == 60
bucket = boto3.resource("s3", endpoint_url=sys.argv[1]).Bucket("bucket")
refused("BucketNotEmpty", s3.delete_bucket, Bucket="bucket")
bucket.object_versions.delete()
s3.delete_bucket(Bucket="bucket")
refused("NoSuchBucket", s3.list_objects_v2, Bucket="bucket")
print("all is well", end="")
