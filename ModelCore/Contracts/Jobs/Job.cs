using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// Work for a device: an immutable record with everything it needs. The same job gives the same result, bit for bit, on the same
/// kind of machine. Artifact paths are relative to the sweep's folder, so that a folder may be moved.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
public abstract record Job
{
    /// <summary>Where the job writes its artifacts and checkpoints, relative to the sweep's folder; no other trial writes there.</summary>
    public required string Output { get; init; }

    /// <summary>The seed of every draw the job makes.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What a device may keep in memory between jobs and the broker prefers a device for: the model's SHA-256, or null.</summary>
    [JsonIgnore]
    public virtual string? Affinity => null;

    /// <summary>What its memory depends on, beside its kind: jobs of one kind and one size take much the same.</summary>
    [JsonIgnore]
    public virtual string Size => "";

    /// <summary>The folder of the job's checkpoints and of nothing else, relative to the sweep's folder; null when it makes none.</summary>
    [JsonIgnore]
    public virtual string? CheckpointFolder => null;
}
