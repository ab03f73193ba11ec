"""S3: a bucket that a template locks is locked.

Restores `ObjectLockEnabled` and `ObjectLockConfiguration` of "AWS::S3::Bucket",
AWS CloudFormation Template Reference. Stock takes both and does nothing, so
that an object which is put with a retention is refused.
"""

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from infra.local.corrections.patching import EngineRecord, replace, require


def apply() -> None:
    """Lock buckets when their stack is made or updated."""
    require(s3, "_bucket_object_lock")

    def apply_configurations(name: str, props: EngineRecord, old_props: EngineRecord | None = None) -> None:
        stock_apply(name, props, old_props)
        if str(props.get("ObjectLockEnabled", "")).lower() == "true":
            s3._bucket_object_lock[name] = {"enabled": True, "default_retention": _retention(props)}

    stock_apply = replace(provisioners, "_s3_apply_configurations", apply_configurations)


def _retention(props: EngineRecord) -> EngineRecord | None:
    """Return the retention of objects that are put without one, in the engine's form."""
    rule = (props.get("ObjectLockConfiguration") or {}).get("Rule") or {}
    default: EngineRecord | None = rule.get("DefaultRetention")
    if default is None:
        return None
    return {name: value if name == "Mode" else int(value) for name, value in default.items()}
