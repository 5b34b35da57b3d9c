namespace Sweeps.Domain.Sweeps;

/// <summary>One autoencoder that is trained of every model that goes on.</summary>
/// <param name="Name"><c>{location}-{kind}-x{ratio}-k{k}-s{seed}</c>, of the L1 kinds <c>-a{alpha}</c> in the place of k</param>
/// <param name="Options">how it is trained</param>
public sealed record PlannedAutoencoder(string Name, AutoencoderOptions Options);
