using System.ComponentModel;
using System.Diagnostics;

namespace Sweeps.Tests;

/// <summary>The distribution's Python, with the packages that <c>ops/setup.sh tests</c> installs: numpy, jsonschema and yaml.</summary>
internal static class DebianPython
{
    /// <summary>What a script writes to standard output.</summary>
    /// <param name="input">what it reads from standard input</param>
    /// <param name="arguments">the script, or -c and its text, and what it is given</param>
    /// <exception cref="InvalidOperationException">it fails; the message has what it says</exception>
    public static string Run(string input, params string[] arguments)
    {
        // Another python3 may come first on the PATH, for which the distribution's packages are not.
        var path = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var python = Process.Start(start)!;
            var error = python.StandardError.ReadToEndAsync();
            var output = python.StandardOutput.ReadToEndAsync();
            using (var standard = python.StandardInput) standard.Write(input);
            python.WaitForExit();
            if (python.ExitCode == 0) return output.GetAwaiter().GetResult();
            var said = error.GetAwaiter().GetResult();
            throw new InvalidOperationException(
                $"{path} ended with {python.ExitCode}: {said} (ops/setup.sh tests installs numpy, jsonschema and yaml)");
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("this test needs python3, which ops/setup.sh tests installs", e);
        }
    }
}
