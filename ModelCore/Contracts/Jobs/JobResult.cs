using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>What a job found. Results reach the report: they hold no time, no rate and no device.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
public abstract record JobResult;
