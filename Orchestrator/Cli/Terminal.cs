using System.Text.Json;
using Spectre.Console;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli;

/// <summary>Where commands write: results to the output, complaints to the error stream.</summary>
/// <param name="output">results; nothing else when a command was asked for JSON</param>
/// <param name="error">complaints</param>
/// <param name="isInteractive">whether someone watches who likes to see tables redrawn</param>
/// <param name="input">what somebody types who can be asked; null when nobody can</param>
internal sealed class Terminal(TextWriter output, TextWriter error, bool isInteractive, TextReader? input = null)
{
    /// <summary>The terminal, pipe or file that this process was given.</summary>
    public static Terminal OfProcess() => new(
        new LastingWriter(Console.Out), new LastingWriter(Console.Error), !Console.IsOutputRedirected
            && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb"),
        Console.IsInputRedirected ? null : Console.In);

    public TextWriter Output => output;

    /// <summary>What kept results from being written; null when nothing did. Who reads them may have gone, which is no failure.</summary>
    public Exception? Failure => (output as LastingWriter)?.Failure;

    public TextWriter Error => error;

    /// <summary>Whether someone watches who likes to see tables redrawn.</summary>
    public bool IsInteractive => isInteractive;

    /// <summary>Tables and colours on the output, as far as it shows them.</summary>
    public IAnsiConsole Ansi { get; } = CreateAnsi(output, isInteractive);

    public void Line(string text) => output.WriteLine(text);

    /// <summary>A value as one line of JSON on the output.</summary>
    public void Json<T>(T value)
    {
        output.WriteLine(JsonSerializer.Serialize(value, JobJson.Options));
        output.Flush();
    }

    /// <summary>Asks a question on the error stream; returns whether the answer is yes, and no when nobody can be asked.</summary>
    public bool Confirm(string question)
    {
        if (input is null) return false;
        error.Write(question);
        error.Flush();
        return input.ReadLine()?.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    public void Complain(string text) => error.WriteLine(text);

    /// <summary>Runs a command, and turns what goes wrong into messages and an exit code.</summary>
    /// <param name="json">whether errors go to the output as JSON too</param>
    /// <param name="command">gives the exit code</param>
    public async Task<int> GuardAsync(bool json, Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (InvalidConfigurationException e)
        {
            if (json)
                Json(
                    new
                    {
                        error = "invalid",
                        exitCode = ExitCode.Invalid,
                        problems = e.Problems.Select(
                            p => new { file = p.Origin.Source, line = p.Origin.Line, key = p.Key, message = p.Message })
                    });
            else foreach (var problem in e.Problems) Complain(problem.ToString());
            return ExitCode.Invalid;
        }
        catch (CliException e)
        {
            if (json) Json(new { error = e.Message, exitCode = e.ExitCode });
            else Complain($"sweeps: {e.Message}");
            return e.ExitCode;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk, a folder or a permission, wherever it was met.
            if (json) Json(new { error = e.Message, exitCode = ExitCode.Environment });
            else Complain($"sweeps: {e.Message}");
            return ExitCode.Environment;
        }
    }

    /// <summary>As <see cref="GuardAsync"/>, for commands that wait for nothing.</summary>
    public int Guard(bool json, Func<int> command) => GuardAsync(json, () => Task.FromResult(command())).GetAwaiter().GetResult();

    private static IAnsiConsole CreateAnsi(TextWriter output, bool isInteractive)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new TerminalOutput(output, isInteractive),
            Ansi = isInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = isInteractive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        // A pipe has no width: lines must not be broken in it.
        if (!isInteractive) console.Profile.Width = 200;
        return console;
    }
}
