"""What all learners of this room share: the conventions of scikit-learn, without importing it."""

from __future__ import annotations

import inspect
import sys
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms.noprop._checks import one_of

Array = NDArray[Any]


class NotFittedError(ValueError, AttributeError):
    """Raised when a model is asked before it was fitted."""


class Classifier:
    """A classifier with `fit`, `partial_fit`, `predict`, `predict_proba` and `score`.

    A subclass stores its constructor's arguments unchanged under their own names, and provides
    `_start` (make the untrained state), `_train` (train until so many epochs are done),
    `_epochs_done`, and `_probabilities`.
    """

    _estimator_type = "classifier"
    epochs: int
    dtype: str
    classes_: Array
    n_features_in_: int

    # ---- what a subclass provides ----

    def _check_parameters(self) -> None:
        """Refuse constructor arguments that make no sense."""
        raise NotImplementedError

    def _start(self, x: Array, labels: Array) -> None:
        raise NotImplementedError

    def _train(self, x: Array, labels: Array, until: int, **options: Any) -> None:
        raise NotImplementedError

    def _epochs_done(self) -> int:
        raise NotImplementedError

    def _probabilities(self, x: Array) -> Array:
        raise NotImplementedError

    # ---- parameters ----

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return sorted(set(inspect.signature(cls.__init__).parameters) - {"self"})

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the constructor's arguments by name."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **parameters: Any) -> Self:
        """Set constructor's arguments by name and return the model.

        Raises
        ------
        ValueError
            For a name that the constructor does not know.
        """
        names = self._parameter_names()
        for name, value in parameters.items():
            if name not in names:
                raise ValueError(
                    f"Invalid parameter {name!r} for {type(self).__name__}; it has {names}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        changed = []
        for name in self._parameter_names():
            value = getattr(self, name)
            if repr(value) != repr(defaults[name].default):
                changed.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            transformer_tags=None,
            regressor_tags=None,
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(),
        )

    # ---- learning ----

    def fit(self, X: ArrayLike, y: ArrayLike, **options: Any) -> Self:
        """Train anew on all planned epochs and return the model.

        An interrupt (Ctrl-C) leaves a usable model: `partial_fit` on the same data goes on where
        it stopped, to the same last bit.

        Parameters
        ----------
        X : array (n, features)
            Finite; scale features to about unit size.
        y : array (n,)
            Class labels, of at least two classes.

        Raises
        ------
        TypeError, ValueError
            For bad data or bad constructor's arguments.
        """
        self._check_parameters()
        x = self._features(X, first=True)
        y = self._targets(y, len(x))
        classes, labels = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"y holds the single class {classes[0]!r}; at least two are needed")
        self.n_features_in_ = x.shape[1]
        self.classes_ = classes
        self._start(x, labels)
        self._train(x, labels, self.epochs, **options)
        return self

    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None, **options: Any
    ) -> Self:
        """Train on one more epoch of these data and return the model.

        The learning rate follows the plan of `epochs` epochs, and stays at a tenth of the first
        rate after it.

        Parameters
        ----------
        X : array (n, features)
        y : array (n,)
        classes : array, optional
            All classes that will ever come; needed in the first call, unless `fit` came before.

        Raises
        ------
        TypeError, ValueError
            For bad data, or labels that are not among the classes.
        """
        self._check_parameters()
        if not hasattr(self, "classes_"):
            if classes is None:
                raise ValueError("classes must be given in the first call of partial_fit")
            known = np.unique(np.asarray(classes))
        else:
            known = self.classes_
            if classes is not None and not np.array_equal(known, np.unique(np.asarray(classes))):
                raise ValueError(f"classes is {classes!r}; the model was begun with {known!r}")
        if len(known) < 2:
            raise ValueError(f"classes holds {len(known)} class; at least two are needed")
        fresh = not hasattr(self, "classes_")
        x = self._features(X, first=fresh)
        y = self._targets(y, len(x))
        strange = y[~np.isin(y, known)]
        if len(strange):
            raise ValueError(f"y holds the label {strange[0]!r}, which is not among {known!r}")
        labels = np.searchsorted(known, y)
        if fresh:
            self.n_features_in_ = x.shape[1]
            self.classes_ = known
            self._start(x, labels)
        self._train(x, labels, self._epochs_done() + 1, **options)
        return self

    # ---- answers ----

    def predict(self, X: ArrayLike) -> Array:
        """Return the most probable class of each row of X (n, features): shape (n,)."""
        probabilities = self.predict_proba(X)
        answer: Array = self.classes_[np.argmax(probabilities, axis=1)]
        return answer

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return class probabilities (n, classes) for X (n, features), classes as in `classes_`."""
        self._check_fitted()
        return self._probabilities(self._features(X, first=False))

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """Return the share of rows of X (n, features) whose predicted class is that in y (n,)."""
        predicted = self.predict(X)
        y = self._targets(y, len(predicted))
        return float(np.mean(predicted == y))

    # ---- checks ----

    def _check_fitted(self) -> None:
        if not hasattr(self, "classes_"):
            message = f"This {type(self).__name__} instance is not fitted yet; call fit first"
            foreign = sys.modules.get("sklearn.exceptions")
            raise (NotFittedError if foreign is None else foreign.NotFittedError)(message)

    def _features(self, X: ArrayLike, *, first: bool) -> Array:
        """Return X as a contiguous matrix of the model's type."""
        if hasattr(X, "toarray"):
            raise TypeError("X is sparse; a dense array is needed: X.toarray()")
        given = np.asarray(X)
        if given.dtype.kind == "c":
            raise ValueError("Complex data not supported: X must hold real numbers")
        if given.dtype.kind in "OUS":
            try:
                given = given.astype(np.float64)
            except (TypeError, ValueError):
                text = f"X has dtype {given.dtype} and an entry that is no number: "
                raise type(sys.exc_info()[1])(  # type: ignore[misc]
                    text + f"{sys.exc_info()[1]}; argument must be real numbers"
                ) from None
        if given.dtype.kind not in "fiub":
            raise TypeError(f"X has dtype {given.dtype}; it must hold real numbers")
        if given.ndim != 2:
            raise ValueError(
                f"X has shape {given.shape}; expected 2D array (rows, features). Reshape your "
                "data: X.reshape(-1, 1) for a single feature, X.reshape(1, -1) for a single sample"
            )
        if given.shape[0] == 0:
            raise ValueError(f"X has 0 sample(s) (shape={given.shape}) while a minimum of 1 is required.")
        if given.shape[1] == 0:
            raise ValueError(f"X has 0 feature(s) (shape={given.shape}) while a minimum of 1 is required.")
        if not first and given.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {given.shape[1]} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input"
            )
        one_of("dtype", self.dtype, ("float32", "float64"))
        with np.errstate(over="ignore"):
            x = np.ascontiguousarray(given, dtype=self.dtype)
        if not np.isfinite(x).all():
            raise ValueError(f"Input X contains NaN or infinity, or a number beyond {self.dtype}")
        return x

    def _targets(self, y: ArrayLike, rows: int) -> Array:
        """Return y as a vector of `rows` labels."""
        if y is None:
            raise ValueError("y is None: this classifier requires y to be passed, but the target y is None")
        given = np.asarray(y)
        if given.ndim == 2 and given.shape[1] == 1:
            _warn_of_column()
            given = given.ravel()
        if given.ndim != 1 or len(given) != rows:
            raise ValueError(
                f"y has shape {given.shape}; it must be ({rows},), one label for each row of X"
            )
        if given.dtype.kind == "f":
            if not np.isfinite(given).all():
                raise ValueError("Input y contains NaN or infinity")
            if (given != np.floor(given)).any():
                raise ValueError("Unknown label type: y is continuous; labels must be classes")
        elif given.dtype.kind not in "iubUSO":
            raise ValueError(f"Unknown label type: y has dtype {given.dtype}")
        return given


def _warn_of_column() -> None:
    import warnings

    foreign = sys.modules.get("sklearn.exceptions")
    kind: Any = UserWarning if foreign is None else foreign.DataConversionWarning
    warnings.warn("A column-vector y was passed when a 1d array was expected", kind, stacklevel=4)
