using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Web.Sources;

/// <summary>The sweeps of some folders, whoever runs them or has run them: <c>sweeps serve</c>.</summary>
internal sealed class FolderSource : ISweepSource
{
    private readonly IReadOnlyList<ServedSweep> _sweeps;

    /// <summary>Serves folders that hold sweeps.</summary>
    /// <exception cref="CliException">a folder holds none, or two are of one name</exception>
    public FolderSource(IReadOnlyList<string> folders)
    {
        foreach (var folder in folders) StoredSweep.CheckHasSweep(folder);
        _sweeps =
        [
            .. folders.Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))).Distinct()
                .Select(folder => new ServedSweep(ServedSweep.IdOf(folder), folder)).OrderBy(sweep => sweep.Id, StringComparer.Ordinal),
        ];
        if (_sweeps.GroupBy(sweep => sweep.Id).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new CliException(
                ExitCode.Invalid,
                $"{string.Join(" and ", twice.Select(sweep => sweep.Folder))} have the same name: expected folders of different names");
        }
    }

    /// <inheritdoc/>
    public Task<string?> WhyNotReadyAsync(CancellationToken cancellation) =>
        Task.FromResult(_sweeps.FirstOrDefault(sweep => !SweepFolder.HasSweep(sweep.Folder)) is { } gone ? $"{gone.Id} is gone" : null);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ServedSweep>> SweepsAsync(CancellationToken cancellation) => Task.FromResult(_sweeps);

    /// <inheritdoc/>
    public Task<ServedNodes> NodesAsync(CancellationToken cancellation) => Task.FromResult(new ServedNodes(null, null, []));

    /// <inheritdoc/>
    public async Task<Reply> CommandAsync(ServedSweep sweep, SweepCommand command)
    {
        try
        {
            return await ControlCommands.SendAsync(sweep.Folder, command)
                ?? new Reply.Refused("no process of this machine runs the sweep; `sweeps run` goes on with it");
        }
        catch (CliException e)
        {
            throw RequestException.Unavailable(e.Message, e);
        }
    }
}
