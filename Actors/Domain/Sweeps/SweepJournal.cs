using Sweeps.Domain.Journal;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sweeps.Domain.Bisections;
using Sweeps.Domain.Searches;
using Sweeps.Domain.Trials;

namespace Sweeps.Domain.Sweeps;

/// <summary>
/// The streams of a sweep's journal and the stored names of its events. A name, once written, keeps its meaning for ever.
/// </summary>
public static class SweepJournal
{
    /// <summary>The stream of the sweep itself; a journal holds one sweep.</summary>
    public const string Sweep = "sweep";

    /// <summary>What the ids of all searches' streams begin with.</summary>
    public const string SearchPrefix = "search:";

    /// <summary>The stored name of <see cref="TrainingStopped"/>.</summary>
    internal const string TrainingStoppedName = "training-stopped";

    /// <summary>The stored name of <see cref="SweepPaused"/>.</summary>
    internal const string PausedName = "sweep-paused";

    /// <summary>The stored name of <see cref="SweepResumed"/>.</summary>
    internal const string ResumedName = "sweep-resumed";

    /// <summary>All events of the domain.</summary>
    public static EventRegistry Registry { get; } = Events(new EventRegistryBuilder()).Build();

    /// <summary>Registers all events of the domain.</summary>
    /// <param name="builder">an empty one</param>
    /// <param name="searchStarted">the version of that event, which a test raises</param>
    internal static EventRegistryBuilder Events(EventRegistryBuilder builder, int searchStarted = 1) => builder
        .Add<SweepSubmitted>("sweep-submitted")
        .Add<SweepGrown>("sweep-grown")
        .Add<TrialResultRecorded>("trial-result-recorded")
        .Add<TrialFailureRecorded>("trial-failure-recorded")
        .Add<TrialReopened>("trial-reopened")
        .Add<TrainingSearchStarted>("training-search-started")
        .Add<TrainingsSuggested>("trainings-suggested")
        .Add<EvaluationRecorded>("evaluation-recorded")
        .Add<TrainingStopped>(TrainingStoppedName)
        .Add<SearchResultRecorded>("search-result-recorded")
        .Add<StageCompleted>("stage-completed")
        .Add<SweepPaused>(PausedName)
        .Add<SweepResumed>(ResumedName)
        .Add<SweepCancelled>("sweep-cancelled")
        .Add<SweepCompleted>("sweep-completed")
        .Add<SweepSnapshot>("sweep-snapshot")
        .Add<TrialQueued>("trial-queued")
        .Add<TrialStarted>("trial-started")
        .Add<CheckpointReached>("checkpoint-reached")
        .Add<TrialEvaluated>("trial-evaluated")
        .Add<AttemptLost>("attempt-lost")
        .Add<TrialResumed>("trial-resumed")
        .Add<TrialRetried>("trial-retried")
        .Add<TrialSucceeded>("trial-succeeded")
        .Add<TrialFailed>("trial-failed")
        .Add<TrialCancelled>("trial-cancelled")
        .Add<SearchStarted>("search-started", searchStarted)
        .Add<SuggestionsMade>("suggestions-made")
        .Add<SearchExtended>("search-extended")
        .Add<ObservationRecorded>("observation-recorded")
        .Add<SuggestionForgotten>("suggestion-forgotten")
        .Add<RoundClosed>("round-closed")
        .Add<SearchCompleted>("search-completed")
        .Add<BisectionStarted>("bisection-started")
        .Add<ProbeRecorded>("probe-recorded")
        .Add<BisectionAttemptLost>("bisection-attempt-lost")
        .Add<BisectionCompleted>("bisection-completed")
        .Add<BisectionFailed>("bisection-failed")
        .Add<BisectionRetried>("bisection-retried")
        .AddConverter(new DoubleConverter())
        .AddModifier(JobCatalog.AddNames);

    /// <summary>The stream of a trial.</summary>
    public static string Trial(TrialId trial) => $"trial:{trial}";

    /// <summary>The stream of a search.</summary>
    public static string Search(SearchId search) => $"{SearchPrefix}{search}";

    /// <summary>The stream of the bisection of a pruning.</summary>
    public static string Bisection(TrialId pruning) => $"bisection:{pruning}";

    /// <summary>Numbers as JSON writes them, and NaN and ±∞, which a probe's loss may be, by name.</summary>
    private sealed class DoubleConverter : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Number
                ? reader.GetDouble()
                : reader.GetString() switch
                {
                    "NaN" => double.NaN,
                    "Infinity" => double.PositiveInfinity,
                    "-Infinity" => double.NegativeInfinity,
                    var text => throw new JsonException($"'{text}' is no number"),
                };

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        }
    }
}
