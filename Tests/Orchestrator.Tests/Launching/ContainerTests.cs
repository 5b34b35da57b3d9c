using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sweeps.Orchestrator.Tests.Launching;

/// <summary>The Containerfile, as far as it can be checked where nothing builds images.</summary>
public sealed partial class ContainerTests
{
    // Which package of Debian 13 has a library that the program's own libraries ask for and do not bring; glibc's are in every image.
    private static readonly Dictionary<string, string> _packages = new(StringComparer.Ordinal)
    {
        ["libstdc++.so.6"] = "libstdc++6",
        ["libgomp.so.1"] = "libgomp1",
        ["libgcc_s.so.1"] = "libgcc-s1",
    };

    private static readonly string[] _glibc =
        ["ld-linux-x86-64.so.2", "libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "librt.so.1"];

    [Fact]
    public void Every_file_that_is_copied_exists_and_is_not_left_out_of_the_context()
    {
        var sources = Instructions()
            .Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from=", StringComparison.Ordinal))
            .SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..^1]).ToList();
        Assert.Equal(["ops/setup.sh", "."], sources);
        var leftOut = File.ReadLines(RepositoryFile.Path("ops/container/Containerfile.dockerignore"))
            .Where(line => line.Length > 0 && !line.StartsWith('#')).ToList();
        foreach (var source in sources)
        {
            Assert.True(Path.Exists(RepositoryFile.Path(source)), source);
            Assert.DoesNotContain(leftOut, pattern => source == pattern || source.StartsWith(pattern + "/", StringComparison.Ordinal));
        }
        // A secret must not get into an image.
        Assert.Contains("ops/compose/secrets", leftOut);
        Assert.Contains(".git", leftOut);
    }

    [Fact]
    public async Task Nothing_that_the_repository_keeps_is_left_out_of_the_context()
    {
        var (exitCode, said) = await SystemProgram.RunAsync("git", "-C", RepositoryFile.Path("."), "ls-files");
        // Sources that came without git have nothing to be compared with.
        if (exitCode != 0) return;
        Assert.DoesNotMatch(LeftOut(), said);
    }

    [Fact]
    public void Building_needs_what_the_set_up_installs_and_names_no_package_itself()
    {
        var build = Stage("build");
        Assert.Contains(build, line => line.StartsWith("RUN bash ops/setup.sh ", StringComparison.Ordinal));
        Assert.DoesNotContain(build, line => line.Contains("apt-get", StringComparison.Ordinal));
        Assert.Contains(build, line => line.Contains("dotnet publish Orchestrator/Orchestrator.csproj", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_image_has_the_libraries_that_the_program_does_not_bring()
    {
        var installed = Installed().Match(string.Join('\n', Stage(""))).Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var libraries = Directory.EnumerateFiles(AppContext.BaseDirectory, "*.so*").Order(StringComparer.Ordinal).ToList();
        var own = libraries.Select(library => Path.GetFileName(library)).ToHashSet(StringComparer.Ordinal);
        Assert.Contains("libtorch_cpu.so", own);
        var (exitCode, said) = await SystemProgram.RunAsync("readelf", ["--dynamic", "--wide", .. libraries]);
        Assert.True(exitCode == 0, said);
        var needed = Needed().Matches(said).Select(match => match.Groups[1].Value).Distinct().Except(own).Except(_glibc).ToList();
        Assert.Contains("libstdc++.so.6", needed);
        // Debian's libstdc++6 brings libgcc-s1.
        foreach (var library in needed) Assert.Contains(_packages[library], installed.Append("libgcc-s1"));
    }

    [Fact]
    public void The_runtime_is_the_one_that_the_program_was_built_for()
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "sweeps.runtimeconfig.json")));
        var frameworks = config.RootElement.GetProperty("runtimeOptions").GetProperty("frameworks").EnumerateArray().ToList();
        Assert.Equal(
            ["Microsoft.NETCore.App", "Microsoft.AspNetCore.App"],
            frameworks.Select(framework => framework.GetProperty("name").GetString()));
        var version = string.Join('.', frameworks[1].GetProperty("version").GetString()!.Split('.')[..2]);
        var images = Instructions().Where(line => line.StartsWith("FROM mcr.", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[1]);
        Assert.Equal([$"mcr.microsoft.com/dotnet/sdk:{version}", $"mcr.microsoft.com/dotnet/aspnet:{version}"], images);
    }

    [Fact]
    public void It_runs_the_program_as_a_user_of_its_own_and_is_told_to_stop_by_the_signal_that_the_program_knows()
    {
        var image = Stage("");
        Assert.Contains("ENTRYPOINT [\"sweeps\"]", image);
        Assert.Contains("CMD [\"node\"]", image);
        Assert.Contains("USER sweeps", image);
        Assert.Contains("STOPSIGNAL SIGTERM", image);
        var user = File.ReadLines(RepositoryFile.Path("ops/systemd/sweeps.sysusers"))
            .Single(line => line.StartsWith("u ", StringComparison.Ordinal)).Split(' ');
        Assert.Contains(
            image, line => line.Contains($"useradd --system --uid {user[2]} --gid {user[1]} ", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"apt-get install -y --no-install-recommends ([^&]+?) +&&")]
    private static partial Regex Installed();

    [GeneratedRegex(@"\(NEEDED\).*\[(.+)\]")]
    private static partial Regex Needed();

    [GeneratedRegex(@"^(\.git|out|runs|ops/compose/(secrets|files))/|(^|/)(bin|obj|TestResults|__pycache__)/", RegexOptions.Multiline)]
    private static partial Regex LeftOut();

    /// <summary>One line for each instruction.</summary>
    private static List<string> Instructions()
    {
        var lines = File.ReadLines(RepositoryFile.Path("ops/container/Containerfile"))
            .Where(line => !line.StartsWith('#') && line.Length > 0);
        var text = string.Join('\n', lines);
        return [.. text.Replace("\\\n", "", StringComparison.Ordinal).Split('\n')];
    }

    /// <summary>The instructions of the stage of this name; of the last one without a name.</summary>
    private static List<string> Stage(string name)
    {
        var all = Instructions();
        var start = all.FindIndex(
            line => line.StartsWith("FROM ", StringComparison.Ordinal) && (name.Length > 0
                ? line.EndsWith($" AS {name}", StringComparison.Ordinal)
                : !line.Contains(" AS ", StringComparison.Ordinal)));
        var end = all.FindIndex(start + 1, line => line.StartsWith("FROM ", StringComparison.Ordinal));
        return all[start..(end < 0 ? all.Count : end)];
    }
}
