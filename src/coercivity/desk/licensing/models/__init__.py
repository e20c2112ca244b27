"""Tables of licensing; what may happen to their rows is decided by :mod:`coercivity.licences`."""

from coercivity.desk.licensing.models.cases import (
    Advice,
    Appeal,
    Application,
    ApplicationLine,
    ApplicationParty,
    Decision,
    Document,
    EndUserCertificateRow,
    InformationRequest,
    ScreeningDecision,
    ScreeningList,
    StateChange,
)
from coercivity.desk.licensing.models.fields import Posture
from coercivity.desk.licensing.models.licences import (
    LedgerAccountRow,
    LedgerEntryRow,
    Licence,
    LicenceAssertion,
    LicenceChange,
    LicenceCondition,
    LicenceLine,
)

__all__ = [
    "Advice",
    "Appeal",
    "Application",
    "ApplicationLine",
    "ApplicationParty",
    "Decision",
    "Document",
    "EndUserCertificateRow",
    "InformationRequest",
    "LedgerAccountRow",
    "LedgerEntryRow",
    "Licence",
    "LicenceAssertion",
    "LicenceChange",
    "LicenceCondition",
    "LicenceLine",
    "Posture",
    "ScreeningDecision",
    "ScreeningList",
    "StateChange",
]
