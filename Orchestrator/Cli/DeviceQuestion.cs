using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Sweeps.Orchestrator.Cli;

/// <summary>A question to <c>sweeps device</c>, which loads libtorch where this process does not.</summary>
internal static class DeviceQuestion
{
    /// <summary>Asks in JSON, and waits for the answer.</summary>
    /// <inheritdoc cref="AskAsync{TQuestion,TAnswer}"/>
    public static TAnswer Ask<TQuestion, TAnswer>(string option, TQuestion question) =>
        AskAsync<TQuestion, TAnswer>(option, question, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Asks in JSON.</summary>
    /// <param name="option">what is asked: --ask, --intervene or --inspect</param>
    /// <param name="question">for its standard input</param>
    /// <param name="cancellation">ends the process that is asked</param>
    /// <exception cref="CliException">it gave no answer; has its exit code and its words</exception>
    /// <exception cref="OperationCanceledException">it was cancelled</exception>
    public static async Task<TAnswer> AskAsync<TQuestion, TAnswer>(
        string option, TQuestion question, CancellationToken cancellation)
    {
        var answer = await AskAsync(option, JsonSerializer.Serialize(question, JobJson.Options), cancellation).ConfigureAwait(false);
        return JsonSerializer.Deserialize<TAnswer>(answer, JobJson.Options)
            ?? throw new CliException(ExitCode.Environment, "a device gave no answer");
    }

    /// <summary>Asks and waits for the answer.</summary>
    /// <param name="option">what is asked, such as --describe</param>
    /// <param name="limit">how long it may take</param>
    /// <returns>its standard output</returns>
    /// <exception cref="CliException">it gave no answer; has its exit code and its words</exception>
    public static string Ask(string option, TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        try
        {
            return AskAsync(option, "", patience.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            throw new CliException(ExitCode.Environment, $"sweeps device {option} said nothing for {limit}");
        }
    }

    private static async Task<string> AskAsync(string option, string input, CancellationToken cancellation)
    {
        using var process = Begin(option);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            try
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellation).ConfigureAwait(false);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading; its words say why.
            }
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
        if (process.ExitCode == ExitCode.Ok) return await output.ConfigureAwait(false);
        var words = (await errors.ConfigureAwait(false)).Trim();
        const string Name = "sweeps: ";
        if (words.StartsWith(Name, StringComparison.Ordinal)) words = words[Name.Length..];
        throw new CliException(
            process.ExitCode is ExitCode.Invalid ? ExitCode.Invalid : ExitCode.Environment,
            words.Length > 0 ? words : $"sweeps device {option} ended with exit code {process.ExitCode}");
    }

    private static Process Begin(string option)
    {
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // The running program is sweeps itself, dotnet with its assembly, or a test's host.
        var assembly = typeof(DeviceQuestion).Assembly.Location;
        var own = Environment.ProcessPath;
        start.FileName = Path.GetFileNameWithoutExtension(own) is "dotnet" || IsSweeps() ? own! : "dotnet";
        if (!IsSweeps()) start.ArgumentList.Add(assembly);
        start.ArgumentList.Add("device");
        start.ArgumentList.Add(option);
        try
        {
            return Process.Start(start) ?? throw new CliException(ExitCode.Environment, $"{start.FileName} did not start");
        }
        catch (Win32Exception e)
        {
            throw new CliException(ExitCode.Environment, $"{start.FileName} did not start: {e.Message}", e);
        }

        bool IsSweeps() => Path.GetFileNameWithoutExtension(own) == Path.GetFileNameWithoutExtension(assembly);
    }
}
