using Sweeps.Orchestrator.Configuration;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web.Reading;

/// <summary>Finds what requests name. A name is looked up among those that there are, and never becomes a path.</summary>
/// <param name="source">the sweeps</param>
/// <param name="readings">what their journals say</param>
internal sealed class SweepLookup(ISweepSource source, SweepReadings readings)
{
    /// <summary>In place of an id: the sweep, where there is but one.</summary>
    public const string Only = "-";

    /// <summary>The sweep of an id.</summary>
    /// <exception cref="RequestException">there is none</exception>
    public async Task<ServedSweep> FindAsync(string id, CancellationToken cancellation)
    {
        var sweeps = await source.SweepsAsync(cancellation);
        if (id == Only && sweeps is [var only]) return only;
        return sweeps.FirstOrDefault(sweep => sweep.Id == id) ?? throw Unknown("sweep", id, sweeps.Select(sweep => sweep.Id));
    }

    /// <summary>What the journal of a sweep says.</summary>
    /// <exception cref="RequestException">there is no sweep of this id</exception>
    public async Task<(ServedSweep Sweep, SweepReading Reading)> ReadAsync(string id, CancellationToken cancellation)
    {
        var sweep = await FindAsync(id, cancellation);
        return (sweep, await readings.OfAsync(sweep, cancellation));
    }

    /// <summary>A model of a sweep.</summary>
    /// <exception cref="RequestException">there is none of this id</exception>
    public static ModelSnapshot Model(SweepReading reading, string id) =>
        reading.Sweep.Models.FirstOrDefault(model => model.Plan.Id.Value == id)
        ?? throw Unknown("model", id, reading.Sweep.Models.Select(model => model.Plan.Id.Value));

    /// <summary>A task of a model.</summary>
    /// <exception cref="RequestException">there is none</exception>
    public static (ModelSnapshot Model, TaskSnapshot Task) Task(SweepReading reading, string model, string task)
    {
        var found = Model(reading, model);
        return (found, found.Tasks.FirstOrDefault(t => t.Task == task) ?? throw Unknown("task", task, found.Tasks.Select(t => t.Task)));
    }

    /// <summary>Says that there is nothing of a name.</summary>
    /// <param name="what">what it would be</param>
    /// <param name="name">the name</param>
    /// <param name="known">the names that there are</param>
    public static RequestException Unknown(string what, string name, IEnumerable<string> known)
    {
        const int Most = 200;
        var shown = name.Length > Most ? name[..Most] + "…" : name;
        string[] names = [.. known.Take(Most)];
        return RequestException.NotFound(names.Length == 0
            ? $"there is no {what} {shown}, and no other"
            : $"there is no {what} {shown}: {(name.Length > Most ? "expected a shorter name" : NearestName.Expected(name, names))}");
    }
}
