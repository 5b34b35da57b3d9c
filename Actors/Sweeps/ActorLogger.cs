using Akka.Actor;
using Akka.Event;
using Akka.Hosting;
using Akka.Hosting.Logging;
using Microsoft.Extensions.Logging;
using Level = Microsoft.Extensions.Logging.LogLevel;

namespace Sweeps.Actors.Sweeps;

/// <summary>Hands what actors log to the host's log as it was said, each with its cause.</summary>
/// <remarks>Akka's own logger puts thread, actor and all traces of the cause into the text: a hundred lines for a lost
/// connection.</remarks>
internal sealed class ActorLogger : LoggerFactoryLogger
{
    private readonly ILogger _log = Context.System.Settings.Setup.Get<LoggerFactorySetup>().Value.LoggerFactory.CreateLogger<ActorSystem>();

    /// <summary>Makes this the only logger of a system, for warnings and errors.</summary>
    public static void Configure(LoggerConfigBuilder logs) => Configure(logs, Akka.Event.LogLevel.WarningLevel);

    /// <summary>Makes this the only logger of a system, from a level on.</summary>
    public static void Configure(LoggerConfigBuilder logs, Akka.Event.LogLevel least)
    {
        logs.LogLevel = least;
        logs.AddLoggerFactory();
        logs.ClearLoggers();
        logs.AddLogger<ActorLogger>();
    }

    /// <inheritdoc/>
    protected override void Log(LogEvent log, ActorPath path)
    {
        // What Akka does in order is of no interest to anybody.
        if (log.LogLevel() < Akka.Event.LogLevel.WarningLevel
            && log.LogClass.Namespace?.StartsWith("Sweeps", StringComparison.Ordinal) != true)
            return;
        var level = log.LogLevel() switch
        {
            Akka.Event.LogLevel.ErrorLevel => Level.Error,
            Akka.Event.LogLevel.WarningLevel => Level.Warning,
            _ => Level.Information,
        };
        _log.Log(level, default, log, log.Cause, (said, _) => FirstLine($"{said.Message}"));
    }

    // Some messages have the whole trace of a cause in them.
    private static string FirstLine(string message) =>
        message.AsSpan().IndexOf('\n') is var end and >= 0 ? message[..end].TrimEnd() : message;
}
