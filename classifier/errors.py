"""Errors of the classifier. Each message says where, what, expected and got, and what to do."""


class ClassifierError(Exception):
    """Root of every error that the classifier raises."""


class DataError(ClassifierError):
    """A label, rule, lexicon or law file is wrong; raised while loading, nothing is judged."""


class ModelError(ClassifierError):
    """A model file is missing, damaged or of another version."""


class NotFittedError(ModelError):
    """A model was asked to score before it was fitted or loaded."""


class DocumentError(ClassifierError):
    """A document to be judged does not have the required shape."""
