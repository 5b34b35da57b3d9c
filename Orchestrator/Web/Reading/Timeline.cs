namespace Sweeps.Orchestrator.Web.Reading;

/// <summary>
/// When each device worked on which trial, as far as the journal tells: it says when a trial ended and how long devices worked on it, so a
/// span is as long and ends there. A trial that runs began, at the latest, as soon as it was asked for and its device was free.
/// </summary>
internal sealed class Timeline
{
    /// <summary>Parts of the window of all devices together, so that a page can draw them.</summary>
    private const int MostSlots = 10_000;

    // By device, each in the order of their beginnings.
    private readonly SortedDictionary<string, IReadOnlyList<TrialHistory>> _ended;
    private readonly ILookup<string, TrialHistory> _running;

    /// <summary>Takes the trials apart by device; each question is answered from that.</summary>
    public Timeline(IReadOnlyList<TrialHistory> trials)
    {
        _ended = new(
            trials.Where(trial => trial is { Device: not null, Ended: not null }).GroupBy(trial => trial.Device!, StringComparer.Ordinal)
                .ToDictionary(
                    of => of.Key, of => (IReadOnlyList<TrialHistory>)[.. of.OrderBy(Begun).ThenBy(trial => trial.Ended)],
                    StringComparer.Ordinal),
            StringComparer.Ordinal);
        _running = trials.Where(trial => trial is { Device: not null, Phase: TrialPhase.Running }).ToLookup(
            trial => trial.Device!, StringComparer.Ordinal);
    }

    /// <summary>What each device did of late.</summary>
    /// <param name="now">until when trials that run are drawn</param>
    /// <param name="window">how far back from the last thing that is known; null for all</param>
    /// <param name="slots">
    /// parts of the window: what is shorter than one of them is put together with what is as short and as near; at least 1. Fewer are made
    /// where all devices would have more than <see cref="MostSlots"/>
    /// </param>
    /// <returns>no devices where none has worked</returns>
    public TimelineView View(DateTimeOffset now, TimeSpan? window, int slots)
    {
        string[] devices = [.. _ended.Keys.Concat(_running.Select(of => of.Key)).Distinct().Order(StringComparer.Ordinal)];
        var spans = devices.ToDictionary(device => device, device => Spans(device, now), StringComparer.Ordinal);
        if (devices.Length == 0) return new TimelineView(now, now, 0, []);
        var until = spans.Values.Max(of => of.Max(span => span.Until));
        var first = spans.Values.Min(of => of[0].From);
        var from = window is { } length && until - first > length ? until - length : first;
        var slot = (until - from) / Math.Min(slots, Math.Max(1, MostSlots / devices.Length));
        return new TimelineView(
            from, until, spans.Values.Sum(of => of.Count(span => span.Until > from)),
            [.. devices.Select(device => new DeviceTimeline(device, Busy(spans[device], from, until), Bars(spans[device], from, slot)))]);
    }

    private static DateTimeOffset Begun(TrialHistory trial) => trial.Ended!.Value - trial.Worked;

    private List<Span> Spans(string device, DateTimeOffset now)
    {
        List<Span> spans =
        [
            .. (_ended.GetValueOrDefault(device) ?? []).Select(trial => new Span(trial, Begun(trial), trial.Ended!.Value)),
        ];
        var free = spans.Count > 0 ? spans.Max(span => span.Until) : DateTimeOffset.MinValue;
        foreach (var trial in _running[device])
        {
            var begun = trial.Queued > free ? trial.Queued : free;
            spans.Add(new Span(trial, begun < now ? begun : now, now));
        }
        return spans;
    }

    /// <summary>The part of the time in which a device was at work; what overlaps counts once.</summary>
    private static double Busy(List<Span> spans, DateTimeOffset from, DateTimeOffset until)
    {
        var (worked, last) = (TimeSpan.Zero, from);
        foreach (var span in spans)
        {
            var begin = span.From > last ? span.From : last;
            if (span.Until > begin) worked += span.Until - begin;
            if (span.Until > last) last = span.Until;
        }
        return until > from ? worked / (until - from) : 0;
    }

    private static List<TimelineBar> Bars(List<Span> spans, DateTimeOffset from, TimeSpan slot)
    {
        var bars = new List<TimelineBar>();
        var open = new List<Span>();
        foreach (var span in spans.Where(span => span.Until > from))
        {
            if (open.Count > 0 && !(IsShort(span) && open.TrueForAll(IsShort) && span.From - open[^1].Until < slot
                && span.Until - open[0].From <= slot))
                Close();
            open.Add(span);
        }
        Close();
        return bars;

        bool IsShort(Span span) => span.Until - span.From < slot;

        void Close()
        {
            if (open.Count > 0) bars.Add(Bar(open, from));
            open.Clear();
        }
    }

    private static TimelineBar Bar(List<Span> spans, DateTimeOffset from)
    {
        var kind = spans.GroupBy(span => span.Trial.Kind, StringComparer.Ordinal)
            .OrderByDescending(of => of.Sum(span => (span.Until - span.From).Ticks)).ThenBy(of => of.Key, StringComparer.Ordinal)
            .First().Key;
        var state = spans.Select(span => span.Trial.Phase).MinBy(phase => phase switch
        {
            TrialPhase.Failed => 0,
            TrialPhase.Running => 1,
            TrialPhase.Cancelled => 2,
            _ => 3,
        });
        return new TimelineBar(
            spans[0].From > from ? spans[0].From : from, spans.Max(span => span.Until), kind, state,
            spans is [var only] ? only.Trial.Id.Value : null, spans.Count);
    }

    private readonly record struct Span(TrialHistory Trial, DateTimeOffset From, DateTimeOffset Until);
}

/// <summary>What devices did over time.</summary>
/// <param name="From">the beginning of what is shown</param>
/// <param name="Until">its end</param>
/// <param name="Trials">that devices worked on meanwhile</param>
/// <param name="Devices">by name</param>
internal sealed record TimelineView(DateTimeOffset From, DateTimeOffset Until, int Trials, IReadOnlyList<DeviceTimeline> Devices);

/// <summary>What a device did.</summary>
/// <param name="Device">its name</param>
/// <param name="Busy">the part of the time in which it was at work, 0 to 1</param>
/// <param name="Bars">by their beginnings</param>
internal sealed record DeviceTimeline(string Device, double Busy, IReadOnlyList<TimelineBar> Bars);

/// <summary>A trial on a device, or several that are too short to be seen one by one.</summary>
/// <param name="From">when its device began</param>
/// <param name="Until">when it ended, or now</param>
/// <param name="Kind">of the trial, or of those that took most of the time</param>
/// <param name="State">failed where one of several has failed</param>
/// <param name="Trial">which; null for several</param>
/// <param name="Trials">how many</param>
internal sealed record TimelineBar(DateTimeOffset From, DateTimeOffset Until, string Kind, TrialPhase State, string? Trial, int Trials);
