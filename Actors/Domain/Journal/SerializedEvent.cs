namespace Sweeps.Domain.Journal;

/// <summary>An event or a snapshot as it is stored: a stable name and version apart from the C# type, and JSON.</summary>
/// <param name="Name">e.g. "trial-started"; never changes once written</param>
/// <param name="Version">of the payload's shape, from 1</param>
/// <param name="Payload">JSON, UTF-8</param>
public sealed record SerializedEvent(string Name, int Version, ReadOnlyMemory<byte> Payload);
