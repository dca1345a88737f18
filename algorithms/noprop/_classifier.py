"""What all learners of this room share: the conventions of scikit-learn, without importing it."""

from __future__ import annotations

import inspect
import os
import sys
import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms.noprop._checks import one_of
from corollary.algorithms.noprop._storage import read_model, write_model

Array = NDArray[Any]


class NotFittedError(ValueError, AttributeError):
    """Raised when a model is asked before it was fitted."""


class Classifier:
    """A classifier with `fit`, `partial_fit`, `predict`, `predict_proba` and `score`.

    A subclass stores its constructor's arguments unchanged under their own names, and provides
    `_start` (make the untrained state), `_train` (train until so many epochs are done),
    `_epochs_done`, `_probabilities`, `_state` and `_restore`.
    """

    _estimator_type = "classifier"
    _structural: tuple[str, ...] = ()  # arguments that must not change after fitting
    epochs: int
    batch_size: int | None
    learning_rate: float
    dtype: str
    classes_: Array
    n_features_in_: int
    _made_with: dict[str, Any]

    # ---- what a subclass provides ----

    def _check_parameters(self) -> None:
        """Refuse constructor arguments that make no sense."""
        raise NotImplementedError

    def _check_training(self, rows: int, **options: Any) -> None:
        """Refuse what cannot be trained, before anything is changed."""
        self._batch(rows)
        if options:
            raise TypeError(f"{type(self).__name__} cannot be trained with {sorted(options)}")

    def _start(self, x: Array, labels: Array) -> None:
        raise NotImplementedError

    def _train(self, x: Array, labels: Array, until: int, **options: Any) -> None:
        raise NotImplementedError

    def _epochs_done(self) -> int:
        raise NotImplementedError

    def _probabilities(self, x: Array) -> Array:
        raise NotImplementedError

    def _state(self) -> dict[str, Array]:
        """Return what training has made, as arrays."""
        raise NotImplementedError

    def _restore(self, arrays: dict[str, Array]) -> None:
        """Take back what `_state` returned."""
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
        block_order : sequence of int, optional
            For learners made of blocks: in which order they take turns. With fixed embeddings
            no parameter depends on it.

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
            raise ValueError(f"y holds one class alone, {classes[0]}; at least two are needed")
        self._check_training(len(x), **options)
        self._begin(x, classes, labels)
        self._train(x, labels, self.epochs, **options)
        return self

    def _begin(self, x: Array, classes: Array, labels: Array) -> None:
        """Make the untrained state; if that fails, the model is as it was before."""
        before = dict(self.__dict__)
        try:
            self.n_features_in_, self.classes_ = x.shape[1], classes
            self._start(x, labels)
            self._remember()
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise

    def _remember(self) -> None:
        """Keep the arguments that the state was made with."""
        self._made_with = {name: getattr(self, name) for name in self._structural}

    def _check_unchanged(self) -> None:
        for name, value in self._made_with.items():
            if repr(getattr(self, name)) != repr(value):
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}, but the model was fitted with {value!r}; "
                    "fit it anew"
                )

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
                raise ValueError(
                    f"classes is {classes!r}; the model was begun with {known.tolist()}"
                )
        if len(known) < 2:
            raise ValueError(f"classes holds {len(known)} class; at least two are needed")
        fresh = not hasattr(self, "classes_")
        x = self._features(X, first=fresh)
        y = self._targets(y, len(x))
        strange = y[~np.isin(y, known)]
        if len(strange):
            raise ValueError(f"y holds the label {strange[0]}, which is not among {known.tolist()}")
        labels = np.searchsorted(known, y)
        self._check_training(len(x), **options)
        if fresh:
            self._begin(x, known, labels)
        self._check_unchanged()
        self._train(x, labels, self._epochs_done() + 1, **options)
        return self

    def _batch(self, rows: int) -> int:
        if self.batch_size is None:
            return min(128, rows)
        if self.batch_size > rows:
            raise ValueError(
                f"batch_size is {self.batch_size}, larger than the data; "
                f"it must be at most the number of rows, {rows}"
            )
        return self.batch_size

    def _rate(self, share: float) -> float:
        """Return the learning rate when this share of the planned epochs is over."""
        if share >= 1:
            return self.learning_rate / 10
        return self.learning_rate * (1 + np.cos(np.pi * share)) / 2

    # ---- answers ----

    def predict(self, X: ArrayLike) -> Array:
        """Return the most probable class of each row of X (n, features): shape (n,)."""
        probabilities = self.predict_proba(X)
        answer: Array = self.classes_[np.argmax(probabilities, axis=1)]
        return answer

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return class probabilities (n, classes) for X (n, features), classes as in `classes_`."""
        self._check_fitted()
        self._check_unchanged()
        return self._probabilities(self._features(X, first=False))

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """Return the share of rows of X (n, features) whose predicted class is that in y (n,)."""
        predicted = self.predict(X)
        y = self._targets(y, len(predicted))
        return float(np.mean(predicted == y))

    # ---- files ----

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to a file: arrays and JSON, nothing pickled.

        The file is written whole or not at all; `progress` is not part of it.

        Raises
        ------
        TypeError
            If a constructor's argument cannot be stored, such as a schedule of your own.
        """
        self._check_fitted()
        classes, kind = self.classes_, "plain"
        if classes.dtype.kind == "O":
            if not all(isinstance(label, str) for label in classes):
                raise TypeError(f"classes {classes!r} cannot be saved; they must be of one type")
            classes, kind = classes.astype(str), "object"
        arrays = {
            "classes": classes,
            "classes_kind": np.array(kind),
            "n_features": np.array(self.n_features_in_),
            **self._state(),
        }
        parameters = {**self.get_params(), "progress": None}
        write_model(path, type(self).__name__, parameters, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Return the model that `save` wrote: predictions and training go on bit for bit.

        Raises
        ------
        ValueError
            If the file is not a saved model of this class.
        """
        parameters, arrays = read_model(path, cls.__name__)
        model = cls(**parameters)
        classes = arrays["classes"]
        model.classes_ = classes.astype(object) if arrays["classes_kind"] == "object" else classes
        model.n_features_in_ = int(arrays["n_features"])
        model._restore(arrays)
        model._remember()
        return model

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
            except (TypeError, ValueError) as error:
                raise type(error)(
                    f"X has dtype {given.dtype} and holds something that is no number: {error}; "
                    "argument must be real numbers"
                ) from None
        if given.dtype.kind not in "fiub":
            raise TypeError(f"X has dtype {given.dtype}; it must hold real numbers")
        if given.ndim != 2:
            raise ValueError(
                f"X has shape {given.shape}; expected 2D array (rows, features). Reshape your "
                "data: X.reshape(-1, 1) for a single feature, X.reshape(1, -1) for a single sample"
            )
        if given.shape[0] == 0:
            raise ValueError(
                f"X has 0 sample(s) (shape={given.shape}) while a minimum of 1 is required."
            )
        if given.shape[1] == 0:
            raise ValueError(
                f"X has 0 feature(s) (shape={given.shape}) while a minimum of 1 is required."
            )
        if not first and given.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {given.shape[1]} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input"
            )
        one_of("dtype", self.dtype, ("float32", "float64"))
        with np.errstate(over="ignore"):
            x = np.ascontiguousarray(given, dtype=self.dtype)
        if not x.flags.writeable:
            x = x.copy()  # kernels are compiled for arrays that could be written to
        if not np.isfinite(x).all():
            raise ValueError(f"Input X contains NaN or infinity, or a number beyond {self.dtype}")
        return x

    def _targets(self, y: ArrayLike, rows: int) -> Array:
        """Return y as a vector of `rows` labels."""
        if y is None:
            raise ValueError(
                "y is None: this classifier requires y to be passed, but the target y is None"
            )
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
    foreign = sys.modules.get("sklearn.exceptions")
    kind: Any = UserWarning if foreign is None else foreign.DataConversionWarning
    warnings.warn("A column-vector y was passed when a 1d array was expected", kind, stacklevel=4)
