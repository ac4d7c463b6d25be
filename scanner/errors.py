"""The few errors a caller may catch; what a device does wrong is an `Outcome`, never an error.

ScannerError
├── ScopeError   the engagement does not allow it, or its scope file is wrong
├── DataError    a rule, fact, fixture, capture or import file is wrong
├── StoreError   the database cannot be read or written
│   └── AdmissionError   the fleet's centre does not let us in; trying again is of no use
└── HostError    this machine cannot do it: no privilege, no interface, no nmap, no namespace
"""


class ScannerError(Exception):
    """Base of every error raised on purpose; the command line prints it as one line and exits 2."""


class ScopeError(ScannerError):
    """Something outside the authorised scope was asked for, or the scope file is wrong."""


class DataError(ScannerError):
    """A file of ours or of the user's is wrong; the message names file and place."""


class StoreError(ScannerError):
    """The database is missing, full, locked, or newer than this program."""


class AdmissionError(StoreError):
    """The fleet's centre does not, or no longer, let this sensor in: a person must act."""


class HostError(ScannerError):
    """The machine lacks what was asked for: a privilege, an interface, a program."""
