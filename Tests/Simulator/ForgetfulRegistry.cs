using System.Globalization;

namespace Sweeps.Simulator;

/// <summary>What stored names mean, but that a search that is read has another seed than the one that was stored.</summary>
internal static class ForgetfulRegistry
{
    public static EventRegistry Of(int life) =>
        SweepJournal.Events(new EventRegistryBuilder(), searchStarted: 2).Upcast("search-started", 1, json =>
    {
        json["config"]!["seed"] = KeyedRandom.DeriveSeed((ulong)life, "forgotten", life.ToString(CultureInfo.InvariantCulture));
        return json;
    }).Build();
}
