"""Going back to a saved state in the middle of a training, without its clock."""

__all__ = ["go_back"]


def go_back(gan, path):
    """Bring a GAN back to a saved state, but let its clock and its luck go on.

    Networks, both optimizers' moments, the average and the replayed fakes go back.
    The step, every random state, the running metrics and the learning rates stay
    as they are: so the same does not happen again by necessity, and a rate that
    was lowered is not raised again.

    Args:
        gan: A compiled `GAN`.
        path: String or `os.PathLike`, a `.keras` file that `gan.save` wrote.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit.callbacks.restoring import go_back

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile()
    gan.save("good.keras")
    go_back(gan, "good.keras")
    ```
    """
    weights = {id(weight) for weight in gan.weights}
    random_states = [variable for variable in gan.variables if id(variable) not in weights]
    kept = [gan.step, *random_states, *gan.metrics_variables, *gan.optimizer.rate_variables]
    values = [variable.numpy() for variable in kept]
    gan.load_weights(path)
    for variable, value in zip(kept, values, strict=True):
        variable.assign(value)
