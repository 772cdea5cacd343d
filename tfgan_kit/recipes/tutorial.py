"""TensorFlow's DCGAN tutorial, exactly."""

from tfgan_kit.recipes.recipe import Recipe

__all__ = ["TUTORIAL"]

TUTORIAL = Recipe(
    name="tutorial",
    description="TensorFlow's DCGAN tutorial, exactly; slow and stable",
    reference="https://www.tensorflow.org/tutorials/generative/dcgan",
    batch_size=256,
    epochs=50,
    learning_rate=1e-4,
    conditional=False,
)
