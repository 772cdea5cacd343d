"""The generator as a model of KServe, and the data plane through which KServe reaches it."""

import asyncio
import importlib
import sys

from tfgan_kit.serving.refusals import RequestError, brief
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["import_kserve", "make_data_plane"]


def import_kserve():
    """Import KServe, or say how to install it."""
    arguments = sys.argv
    # KServe 0.21 reads the command line when it is imported, and exits where that fails.
    sys.argv = arguments[:1]
    try:
        return importlib.import_module("kserve")
    except ImportError as error:
        raise InvalidArgument(
            f"Serving needs KServe: pip install 'tfgan_kit[serve]'. Received: {error}"
        ) from error
    finally:
        sys.argv = arguments


def make_data_plane(pool, signature):
    """KServe's data plane with one model, which has one version and is never unloaded."""
    kserve = import_kserve()
    from kserve.protocol.dataplane import DataPlane

    class GeneratorDataPlane(DataPlane):
        """Tells what KServe leaves empty, and does not promise to load models."""

        def metadata(self):
            return {**super().metadata(), "extensions": ["binary_tensor_data"]}

        async def model_metadata(self, model_name):
            told = await super().model_metadata(model_name)
            return {**told, "platform": signature.platform}

        def get_model_from_registry(self, name):
            return self.model_registry.get_model(name) or _unknown(name)

        async def get_model(self, name):
            return self.get_model_from_registry(name)

        async def model_ready(self, model_name, disable_predictor_health_check=False):
            return await self.get_model_from_registry(model_name).healthy()

    registry = kserve.ModelRepository()
    registry.update(_make_model(kserve, pool, signature))
    return GeneratorDataPlane(registry)


def _make_model(kserve, pool, signature):
    class GeneratorModel(kserve.Model):
        """Hands arrays to the pool."""

        def get_input_types(self):
            return signature.inputs()

        def get_output_types(self):
            return signature.outputs()

        async def predict(self, payload, headers=None, response_headers=None):
            future = pool.submit(payload["noise"], payload["labels"])
            return {"images": await asyncio.wrap_future(future)}

    model = GeneratorModel(signature.name)
    model.load()
    return model


def _unknown(name):
    raise RequestError(f"The model {brief(name)} does not exist", 404, "NOT_FOUND")
