"""The versions that a result depends on."""

import tensorflow as tf

import tfgan_kit
from tfgan_kit.utils.versions import installed_versions


def test_versions_of_this_process():
    versions = installed_versions()
    assert versions["tensorflow"] == tf.__version__
    assert versions["tfgan_kit"] == tfgan_kit.__version__
    assert all(isinstance(each, str) and each for each in versions.values())
