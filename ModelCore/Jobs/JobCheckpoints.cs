using Sweeps.Files;
using System.Globalization;

namespace Sweeps.ModelCore.Jobs;

/// <summary>
/// The checkpoints of a job under way. It only adds to them: those before are deleted by the orchestrator, once it has stored that there
/// are newer ones,
/// so that the one that it knows is always there, whoever dies when.
/// </summary>
/// <param name="store">the sweep's files</param>
/// <param name="folder">of the job's checkpoints and of nothing else, relative to the sweep's folder</param>
/// <param name="context">where the job runs</param>
internal sealed class JobCheckpoints(ArtifactStore store, string folder, IJobContext context)
{
    /// <summary>The file of a step, relative to the sweep's folder.</summary>
    public string Path(int step) => string.Create(CultureInfo.InvariantCulture, $"{folder}/step-{step:D8}.safetensors");

    /// <summary>
    /// Loads what the attempt resumes from, and deletes every other file: nobody knows of those any more. A checkpoint that is lost or
    /// damaged costs
    /// work, and no result: it is said, and the job begins at the beginning.
    /// </summary>
    /// <param name="load">
    /// is given the absolute path; throws <see cref="InvalidDataException"/>, before it has changed anything, when it cannot use the file
    /// </param>
    /// <param name="steps">all of the job</param>
    /// <returns>whether there was something to resume from</returns>
    /// <exception cref="JobFailedException">
    /// the file cannot be read at the moment, or another not be deleted (the world's fault)
    /// </exception>
    public bool TryResume(Action<string> load, int steps)
    {
        DeleteUnknown();
        if (context.ResumeFrom is not { } checkpoint) return false;
        try
        {
            if (store.FindDamage(checkpoint) is { } damage) throw new InvalidDataException(damage);
            load(store.FullPath(checkpoint.Path));
            return true;
        }
        catch (InvalidDataException e)
        {
            context.Report(new JobProgress(0, steps, null, $"begins at step 0, as its checkpoint cannot be used: {e.Message}"));
            return false;
        }
    }

    /// <summary>Writes one, and tells of it.</summary>
    /// <exception cref="JobFailedException">the disk is full or refuses (the world's fault)</exception>
    public void Write(int step, Action<Stream> save)
    {
        var begun = TimeProvider.System.GetTimestamp();
        var checkpoint = store.Write(Path(step), save);
        context.Checkpointed(step, checkpoint, TimeProvider.System.GetElapsedTime(begun));
    }

    private void DeleteUnknown()
    {
        var full = store.FullPath(folder);
        var known = context.ResumeFrom is { } checkpoint ? store.FullPath(checkpoint.Path) : null;
        try
        {
            if (!Directory.Exists(full)) return;
            foreach (var file in Directory.GetFiles(full))
                if (file != known) File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JobFailedException(FailureKind.World, $"cannot delete the old checkpoints in {full}: {e.Message}", e);
        }
    }
}
