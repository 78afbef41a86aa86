"""Describe replies, in the shape of the recorded ones (API v51–v57)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from salesforce_sandbox.schema.model import FLAG_NAMES, Field, SObject
from salesforce_sandbox.schema.relations import ChildRelationship

_SOAP_TYPES = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double",
    "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime",
}  # fmt: skip
_FALSE = (
    "aiPredictionField", "autoNumber", "calculated", "cascadeDelete", "caseSensitive", "dependentPicklist",
    "deprecatedAndHidden", "displayLocationInDecimal", "encrypted", "formulaTreatNullNumberAsZero",
    "highScaleNumber", "htmlFormatted", "namePointing", "queryByDistance", "restrictedDelete",
    "writeRequiresMasterRead",
)  # fmt: skip
_NULL = (
    "calculatedFormula", "controllerName", "defaultValueFormula", "filteredLookupInfo", "inlineHelpText", "mask",
    "maskType", "referenceTargetField", "relationshipOrder",
)  # fmt: skip


def describe_field(field: Field) -> dict[str, Any]:
    """Return one entry of ``fields``."""
    facts: dict[str, Any] = dict.fromkeys(_FALSE, False) | dict.fromkeys(_NULL)
    facts |= {name: flag in field.flags for flag, name in FLAG_NAMES.items()}
    facts |= {
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "length": field.length,
        "byteLength": field.length if field.is_id else field.length * 3,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "custom": field.custom,
        "digits": field.digits,
        "precision": field.precision,
        "scale": field.scale,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "compoundFieldName": field.compound,
        "extraTypeInfo": field.extra_type,
        "defaultValue": False if field.type == "boolean" else field.default,
        "searchPrefilterable": field.type == "reference",
        "picklistValues": [_picklist_entry(value, field.default) for value in field.values],
    }
    return dict(sorted(facts.items()))


def _picklist_entry(value: str, default: str | None) -> dict[str, Any]:
    return {"active": True, "defaultValue": value == default, "label": value, "validFor": None, "value": value}


def object_summary(sobject: SObject, version: str) -> dict[str, Any]:
    """Return the object's entry in the global describe."""
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    return {
        "activateable": False,
        "createable": sobject.createable,
        "custom": False,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": sobject.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.key_prefix,
        "label": sobject.label,
        "labelPlural": sobject.label_plural,
        "layoutable": True,
        "mergeable": sobject.name in {"Account", "Contact", "Lead"},
        "mruEnabled": True,
        "name": sobject.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": sobject.searchable,
        "triggerable": True,
        "undeletable": sobject.deletable,
        "updateable": sobject.updateable,
        "urls": {"describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}", "sobject": base},
    }


def _child_entry(child: ChildRelationship) -> dict[str, Any]:
    return {
        "cascadeDelete": child.field.name == "WhoId",
        "childSObject": child.child.name,
        "deprecatedAndHidden": False,
        "field": child.field.name,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": child.name,
        "restrictedDelete": False,
    }


def describe_object(sobject: SObject, children: Iterable[ChildRelationship], version: str) -> dict[str, Any]:
    """Return the full describe of what one user may see of an object."""
    return object_summary(sobject, version) | {
        "actionOverrides": [],
        "childRelationships": [_child_entry(child) for child in children],
        "compactLayoutable": True,
        "fields": [describe_field(field) for field in sobject.fields.values()],
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [],
        "searchLayoutable": sobject.searchable,
        "supportedScopes": [],
    }
