using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.Actors.Control;

/// <summary>What a process asks of the one that runs a sweep: one line of JSON.</summary>
/// <param name="Command">pause, resume, cancel or retry</param>
/// <param name="Trials">which trials, of those commands that take some; of cancel a single trial, search or pruning</param>
internal sealed record ControlRequest(string Command, IReadOnlyList<string>? Trials = null);

/// <summary>The answer: one line of JSON.</summary>
/// <param name="Reply">accepted, alreadyDone or refused</param>
/// <param name="Reason">why it was refused, one sentence</param>
internal sealed record ControlReply(string Reply, string? Reason = null);

/// <summary>Between lines on the socket and the domain's commands and replies.</summary>
internal static class ControlMessages
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>A command as a line, without its end.</summary>
    public static string Write(SweepCommand command) => JsonSerializer.Serialize(command switch
    {
        PauseSweep => new ControlRequest("pause"),
        ResumeSweep => new ControlRequest("resume"),
        CancelSweep => new ControlRequest("cancel"),
        CancelPart part => new ControlRequest("cancel", [part.Subject]),
        RetryTrials retry => new ControlRequest("retry", [.. retry.Trials.Select(trial => trial.Value)]),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "expected a command that users give"),
    }, _json);

    /// <summary>The command in a line; null when it is none.</summary>
    public static SweepCommand? ReadCommand(string line) => Read<ControlRequest>(line) switch
    {
        { Command: "pause" } => new PauseSweep(),
        { Command: "resume" } => new ResumeSweep(),
        { Command: "cancel", Trials: null } => new CancelSweep(),
        { Command: "cancel", Trials: [{ } part] } => new CancelPart(part),
        { Command: "retry", Trials: { } trials } when trials.All(trial => trial is not null) =>
            new RetryTrials([.. trials.Select(trial => new TrialId(trial))]),
        _ => null,
    };

    /// <summary>A reply as a line, without its end.</summary>
    public static string Write(Reply reply) => JsonSerializer.Serialize(reply switch
    {
        Reply.Accepted => new ControlReply("accepted"),
        Reply.AlreadyDone => new ControlReply("alreadyDone"),
        Reply.Refused refused => new ControlReply("refused", refused.Reason),
        _ => throw new ArgumentOutOfRangeException(nameof(reply), reply, "expected a reply"),
    }, _json);

    /// <summary>The reply in a line; null when it is none.</summary>
    public static Reply? ReadReply(string line) => Read<ControlReply>(line) switch
    {
        { Reply: "accepted" } => new Reply.Accepted(),
        { Reply: "alreadyDone" } => new Reply.AlreadyDone(),
        { Reply: "refused", Reason: { } reason } => new Reply.Refused(reason),
        _ => null,
    };

    private static T? Read<T>(string line)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, _json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
