using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sweeps.Domain.Cluster;
using Sweeps.Orchestrator.Cli.Running;
using Sweeps.Orchestrator.Reports;
using Sweeps.Orchestrator.Web.Reading;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Sweeps as a whole.</summary>
internal sealed class SweepEndpoints : IEndpoints
{
    private const string Tag = "sweeps";

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Read($"{Api.Root}/sweeps", "listSweeps", Tag, "Lists the sweeps that this process serves.", ListAsync)
            .WithDescription("A sweep whose journal cannot be read is in `unreadable`, with the reason, and not in `items`.")
            .Produces<SweepList>();
        routes.Read(Api.Sweep, "getSweep", Tag, "Says what a sweep has found so far as a whole, and how far it is.", GetAsync)
            .Produces<SweepDetail>();
        routes.Read($"{Api.Sweep}/spec", "getSpec", Tag, "Gives the description of a sweep, with every default filled in.", SpecAsync)
            .Produces<JsonElement>();
    }

    private static async Task<IResult> ListAsync(
        ISweepSource source, SweepReadings readings, TimeProvider time, CancellationToken cancellation, int? offset = null,
        int? limit = null)
    {
        var page = Page.Of(await source.SweepsAsync(cancellation), offset, limit, sweep => sweep);
        var (views, unreadable) = (new List<SweepView>(), new List<UnreadableSweep>());
        foreach (var sweep in page.Items)
        {
            try
            {
                views.Add(SweepView.Of(sweep, await readings.OfAsync(sweep, cancellation), RunStatus.Read(sweep.Folder, time)));
            }
            catch (RequestException e)
            {
                // One damaged journal must not hide the other sweeps.
                unreadable.Add(new UnreadableSweep(sweep.Id, e.Message));
            }
        }
        return TypedResults.Ok(new SweepList(views, unreadable, page.Total, page.Offset));
    }

    private static async Task<IResult> GetAsync(string sweep, SweepLookup lookup, TimeProvider time, CancellationToken cancellation)
    {
        var (served, reading) = await lookup.ReadAsync(sweep, cancellation);
        var running = RunStatus.Read(served.Folder, time);
        return TypedResults.Ok(new SweepDetail(
            SweepView.Of(served, reading, running), running?.Stages ?? [], [.. (running?.Running ?? []).Select(RunningView.Of)],
            running?.Notices ?? [], reading.Sweep.Failures, ReportBuilder.Corpus(reading.Sweep.Prepared)));
    }

    private static async Task<IResult> SpecAsync(string sweep, SweepLookup lookup, CancellationToken cancellation)
    {
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        return TypedResults.Json(reading.Sweep.Spec, JobJson.Options);
    }
}

/// <summary>A part of the list of sweeps.</summary>
/// <param name="Items">those of the part that can be read</param>
/// <param name="Unreadable">those of the part whose journal cannot be read</param>
/// <param name="Total">how many there are in all</param>
/// <param name="Offset">how many come before the part</param>
internal sealed record SweepList(IReadOnlyList<SweepView> Items, IReadOnlyList<UnreadableSweep> Unreadable, int Total, int Offset);

/// <summary>A sweep of which nothing can be said.</summary>
/// <param name="Id">by which requests name it</param>
/// <param name="Reason">why its journal cannot be read, one sentence</param>
internal sealed record UnreadableSweep(string Id, string Reason);

/// <summary>A sweep.</summary>
/// <param name="Id">by which requests name it</param>
/// <param name="Name">as its file calls it</param>
/// <param name="Status">how far it is, by its journal</param>
/// <param name="IsRunning">whether a process is at work on it, as far as this one can tell</param>
/// <param name="Version">the number of its events; while it stays, nothing that is read of the sweep changes</param>
/// <param name="Models">models that are planned</param>
/// <param name="Trained">those that are trained</param>
/// <param name="Tasks">names of its tasks</param>
/// <param name="Autoencoders">sparse autoencoders that are planned of each model that goes on</param>
/// <param name="Bridged">models that are planned to be trained together with bridges to a dense one</param>
/// <param name="Trials">trials that were asked for</param>
/// <param name="Failures">trials and searches that failed by their own fault</param>
/// <param name="Fraction">how much of its work is done, 0 to 1; null while no process runs it</param>
/// <param name="ElapsedSeconds">since this run of it began; null while no process runs it</param>
/// <param name="SecondsLeft">null while that cannot be told</param>
/// <param name="Cluster">how its cluster runs it; null where there is none</param>
internal sealed record SweepView(
    string Id, string Name, SweepStatus Status, bool IsRunning, long Version, int Models, int Trained, IReadOnlyList<string> Tasks,
    int Autoencoders, int Bridged, int Trials, int Failures, double? Fraction, double? ElapsedSeconds, double? SecondsLeft,
    SweepInCluster? Cluster)
{
    public static SweepView Of(ServedSweep sweep, SweepReading reading, RunStatus? running) => new(
        sweep.Id, reading.Sweep.Spec.Name, reading.Sweep.Status, running is not null, reading.Version, reading.Sweep.Models.Count,
        reading.Sweep.Models.Count(model => model.Trained is not null), reading.Sweep.Spec.Tasks,
        reading.Sweep.Spec.Autoencoders is { IsOn: true } grid ? grid.All().Count : 0,
        reading.Sweep.Models.Count(model => model.Bridges is not null), reading.Trials.Count, reading.Sweep.Failures.Count,
        running?.Fraction, running?.Elapsed.TotalSeconds, running?.TimeLeft?.TotalSeconds,
        sweep.Hosted is { } hosted ? new SweepInCluster(hosted.Share, hosted.Kind, hosted.End, hosted.Reason) : null);
}

/// <summary>How a cluster runs a sweep.</summary>
/// <param name="Share">how it shares the devices with other sweeps</param>
/// <param name="Kind">the kind of devices that it runs on; null until that is chosen, and where it may be several</param>
/// <param name="End">how it has ended; null while it is at work</param>
/// <param name="Reason">why it cannot go on, or null</param>
internal sealed record SweepInCluster(SweepShare Share, string? Kind, SweepEnd? End, string? Reason);

/// <summary>A sweep in detail.</summary>
/// <param name="Sweep">the sweep</param>
/// <param name="Stages">its stages that have begun, in order; none while no process runs it</param>
/// <param name="Running">trials that devices work on</param>
/// <param name="Notices">what went wrong of late, the newest last</param>
/// <param name="Failures">what failed by its own fault</param>
/// <param name="Corpus">what is trained on; null until it is prepared</param>
internal sealed record SweepDetail(
    SweepView Sweep, IReadOnlyList<StageProgressed> Stages, IReadOnlyList<RunningView> Running, IReadOnlyList<string> Notices,
    IReadOnlyList<SweepFailure> Failures, ReportCorpus? Corpus);

/// <summary>A trial that a device works on.</summary>
/// <param name="Trial">which</param>
/// <param name="Kind">prepare, train, evaluate, prune, probe or circuit, among others</param>
/// <param name="Device">where it runs</param>
/// <param name="Progress">how far it is; null until it has said so</param>
/// <param name="StepsPerSecond">over this attempt; null until there are two reports</param>
internal sealed record RunningView(string Trial, string Kind, string Device, JobProgress? Progress, double? StepsPerSecond)
{
    public static RunningView Of(RunningTrial trial) => new(trial.Id.Value, trial.Kind, trial.Device, trial.Progress, trial.StepsPerSecond);
}
