using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sweeps.Orchestrator.Cli.Planning;
using Sweeps.Orchestrator.Cli.Running;
using Sweeps.Orchestrator.Web.Reading;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>The trials of a sweep, and what each said on its way. A trial's name has slashes, which stay as they are in a path.</summary>
internal sealed class TrialEndpoints : IEndpoints
{
    private const string Tag = "trials";
    private const int MostSlots = 2000;

    // Ten years.
    private const double MostSeconds = 3650 * 86400.0;

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Read(
            $"{Api.Sweep}/trials", "listTrials", Tag, "Lists the trials of a sweep, in the order in which they were asked for.", ListAsync)
            .WithDescription(
                "`state` and `kind` leave those of one state or kind; `under` those whose name begins so, such as models/; `search` those "
                    + "that have the text in their name, device or reason; `failed` those that failed, or whose last attempt was lost.")
            .Produces<Page<TrialView>>();
        routes.Read(
            $"{Api.Sweep}/timeline", "getTimeline", Tag, "Says what each device did over time, a bar for each trial.", TimelineAsync)
            .WithDescription(
                "`seconds` leaves so much from the end. Trials that are shorter than one of `slots` parts of the time (400 when nothing is "
                    + "said, 2,000 at most, and fewer for more than 25 devices), and lie within one, are one bar, so that a week of any "
                    + "number of trials can be drawn.")
            .Produces<TimelineView>();
        routes.Read($"{Api.Sweep}/trials/{{**trial}}", "getTrial", Tag, "Says where a trial is.", GetAsync).Produces<TrialDetail>();
        routes.Read($"{Api.Sweep}/logs/{{**trial}}", "getLog", Tag, "Gives the lines that a trial has logged.", LogAsync)
            .WithDescription(
                "`search` leaves the lines that have the text. `last` gives so many lines from the end, in place of `offset` and `limit`. "
                    + "The probes of a pruning and its circuit are logged with it.")
            .Produces<Page<LogLine>>();
    }

    private static async Task<IResult> ListAsync(
        string sweep, SweepLookup lookup, CancellationToken cancellation, string? state = null, string? kind = null, string? under = null,
        string? search = null, bool? failed = null, int? offset = null, int? limit = null)
    {
        TrialPhase? phase = state is null
            ? null
            : Enum.TryParse<TrialPhase>(state, ignoreCase: true, out var parsed) && Enum.IsDefined(parsed) && !char.IsAsciiDigit(state[0])
                ? parsed
                : throw RequestException.Invalid("state is none: expected waiting, running, succeeded, failed or cancelled");
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        TrialHistory[] trials =
        [
            .. reading.Trials.Where(trial => (phase is null || trial.Phase == phase) && (kind is null || trial.Kind == kind)
                && (under is null || trial.Id.Value.StartsWith(under, StringComparison.Ordinal))
                && (failed is null || trial.Reason is not null == failed) && (search is null || Has(trial, search))),
        ];
        return TypedResults.Ok(Page.Of(trials, offset, limit, TrialView.Of));
    }

    private static async Task<IResult> TimelineAsync(
        string sweep, SweepLookup lookup, TimeProvider time, CancellationToken cancellation, double? seconds = null, int slots = 400)
    {
        if (seconds is not (null or (> 0 and <= MostSeconds)))
            throw RequestException.Invalid($"seconds is {seconds}: expected more than 0 and at most {MostSeconds}");
        if (slots is < 1 or > MostSlots) throw RequestException.Invalid($"slots is {slots}: expected 1 to {MostSlots}");
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        var window = seconds is { } length ? TimeSpan.FromSeconds(length) : (TimeSpan?)null;
        // What a hundred thousand trials came to takes a while to compute.
        return TypedResults.Ok(await Task.Run(() => reading.ViewTimeline(time, window, slots), cancellation));
    }

    private static bool Has(TrialHistory trial, string text) => ((string?[])[trial.Id.Value, trial.Device, trial.Reason])
        .Any(part => part?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);

    private static async Task<IResult> GetAsync(
        string sweep, string trial, SweepLookup lookup, TimeProvider time, CancellationToken cancellation)
    {
        var (served, reading) = await lookup.ReadAsync(sweep, cancellation);
        var found = Find(reading, trial);
        // What a pruning is at may be one of its probes.
        var running = RunStatus.Read(served.Folder, time)?.Running.FirstOrDefault(
            at => at.Id.Value == trial || at.Id.Value.StartsWith($"{trial}/", StringComparison.Ordinal));
        return TypedResults.Ok(new TrialDetail(TrialView.Of(found), running is null ? null : RunningView.Of(running)));
    }

    private static async Task<IResult> LogAsync(
        string sweep, string trial, SweepLookup lookup, CancellationToken cancellation, string? search = null, int? offset = null,
        int? limit = null, int? last = null)
    {
        if (last is < 1 or > Page.Most) throw RequestException.Invalid($"last is {last}: expected 1 to {Page.Most}");
        var (served, reading) = await lookup.ReadAsync(sweep, cancellation);
        // The name of a trial that there is; that of the request is none of a file.
        var path = Path.Combine(served.Folder, TrialLogs.Folder, $"{SweepWork.UnitOf(Find(reading, trial).Id)}.log");
        var lines = new List<LogLine>();
        if (File.Exists(path))
        {
            var number = 0;
            await foreach (var line in File.ReadLinesAsync(path, cancellation))
            {
                number++;
                if (search is null || line.Contains(search, StringComparison.OrdinalIgnoreCase)) lines.Add(new LogLine(number, line));
            }
        }
        if (last is { } count) (offset, limit) = (Math.Max(lines.Count - count, 0), count);
        return TypedResults.Ok(Page.Of(lines, offset, limit, line => line));
    }

    private static TrialHistory Find(SweepReading reading, string id) =>
        reading.Trial(id) ?? throw SweepLookup.Unknown("trial", id, reading.Trials.Select(trial => trial.Id.Value));
}

/// <summary>A trial.</summary>
/// <param name="Id">which; a pruning's probes and its circuit count as the pruning's</param>
/// <param name="Kind">prepare, train, evaluate, prune, validate, curve or pruneedges, among others</param>
/// <param name="State">where it is</param>
/// <param name="Attempts">how many were begun, or wait to be</param>
/// <param name="Device">the one that works on it, or worked on it last; null when none has</param>
/// <param name="Queued">when it was first asked for</param>
/// <param name="Ended">when it succeeded, failed or was cancelled; null before</param>
/// <param name="WorkedSeconds">how long devices worked on it, over all attempts as far as the journal tells</param>
/// <param name="Reason">why it failed, or why its last attempt was lost; null when nothing went wrong</param>
/// <param name="Stopped">where a training was stopped early; null when it was not</param>
internal sealed record TrialView(
    string Id, string Kind, TrialPhase State, int Attempts, string? Device, DateTimeOffset Queued, DateTimeOffset? Ended,
    double WorkedSeconds, string? Reason, EarlyStop? Stopped)
{
    public static TrialView Of(TrialHistory trial) => new(
        trial.Id.Value, trial.Kind, trial.Phase, trial.Attempts, trial.Device, trial.Queued, trial.Ended, trial.Worked.TotalSeconds,
        trial.Reason, trial.Stopped);
}

/// <summary>A trial in detail.</summary>
/// <param name="Trial">the trial</param>
/// <param name="Running">how far it is; null while no device works on it</param>
internal sealed record TrialDetail(TrialView Trial, RunningView? Running);

/// <summary>A line of a log.</summary>
/// <param name="Number">its number in the log, from 1</param>
/// <param name="Text">its time, and what was said</param>
internal sealed record LogLine(int Number, string Text);
