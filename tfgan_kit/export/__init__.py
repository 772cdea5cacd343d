"""Write generators as files for other programs, and prove that they give the same images."""

from tfgan_kit.export.onnx import to_onnx
from tfgan_kit.export.panorama import write_panorama
from tfgan_kit.export.saved_model import to_saved_model
from tfgan_kit.export.tflite import to_tflite
from tfgan_kit.export.verification import FrechetChange, Verification, verify
from tfgan_kit.export.web import to_web
from tfgan_kit.runtime import load

__all__ = [
    "FrechetChange",
    "Verification",
    "load",
    "to_onnx",
    "to_saved_model",
    "to_tflite",
    "to_web",
    "verify",
    "write_panorama",
]
