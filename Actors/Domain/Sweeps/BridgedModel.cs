namespace Sweeps.Domain.Sweeps;

/// <summary>What a model is that is trained together with bridges.</summary>
/// <param name="Dense">the id of the dense model</param>
/// <param name="Like">the id of the model that it is trained like, without bridges</param>
public sealed record BridgedModel(string Dense, string Like);
