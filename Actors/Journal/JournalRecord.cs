namespace Sweeps.Actors.Journal;

/// <summary>An event as Akka stores it. Nothing in it is believed before <see cref="JournalChain.Follow"/> has checked it.</summary>
/// <param name="Manifest">the event's stored name and version: "name/version"</param>
/// <param name="Bytes">JSON, UTF-8; README.md of this folder shows it</param>
internal sealed record JournalRecord(string Manifest, ReadOnlyMemory<byte> Bytes);

/// <summary>A snapshot as Akka stores it. Nothing in it is believed before <see cref="JournalChain.Restore"/> has checked it.</summary>
/// <param name="Manifest">the state's stored name and version: "name/version"</param>
/// <param name="Bytes">JSON, UTF-8; README.md of this folder shows it</param>
internal sealed record SnapshotRecord(string Manifest, ReadOnlyMemory<byte> Bytes);
